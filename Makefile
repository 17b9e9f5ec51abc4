# SPDX-License-Identifier: MIT
#
# One makefile for the tree, run from its top. `make help` lists the targets.
#
#   BOARD=sim|…                            the board to build for (board/NAME/board.mk)
#   PROFILE=https|gateway                  what a firmware is for
#   LWIP_DIR= MBEDTLS_DIR= CJSON_DIR=      sources to take instead of the fetched ones
#   ONLY="NAME…"                           run only these tests
#   FUZZ_SECONDS=20                        how long each fuzz target runs
#   FUZZ_SEED=1                            what the tests' inputs are drawn from; 0: from the clock
#   FUZZ="NAME…"                           run only these fuzz targets
#   RUN="--http 8090 …"                    options of the simulator for make run
#   V=1                                    show the commands
#
# Objects lie under build/BOARD/PROFILE/, where a profile is a compiler with its flags:
#   host        gcc -O2: the host command and the benches
#   test-gcc, test-clang   with address and undefined-behaviour sanitizers: unit tests
#   test-malloc the simulator with memory of lwIP and mbedTLS from malloc, so that the sanitizer sees
#               each of their objects
#   fuzz        clang with libFuzzer
#   warn-gcc, warn-clang   all warnings as errors; only compiled, never linked
#   cortex-m3   gcc -Os for the target: code size and undefined symbols

VERSION      := 0.1.0
BOARD        ?= sim
FUZZ_SECONDS ?= 20
FUZZ_SEED    ?= 1
SOAK_SECONDS ?= 3600
FUZZ         ?=
ONLY         ?=
LWIP_DIR     ?= build/deps/lwip
MBEDTLS_DIR  ?= build/deps/mbedtls
CJSON_DIR    ?= build/deps/cjson

.DEFAULT_GOAL := $(if $(filter sim,$(BOARD)),help,firmware)
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# Work is handed to a make of our own that runs on all processors, unless -j was given.
SUBMAKE = +$(quiet)$(MAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

ifeq ($(wildcard board/$(BOARD)/board.mk),)
$(error no board named $(BOARD); there are: $(patsubst board/%/board.mk,%,$(wildcard board/*/board.mk)))
endif
include board/sim/board.mk
HOST_CC     := $(BOARD_CC)
HOST_CFLAGS := $(BOARD_CFLAGS)
HOST_LIBS   := $(BOARD_LIBS)
HOST_PORTS  := $(BOARD_PORTS)
HOST_LWIPOPTS := $(BOARD_LWIPOPTS)
HOST_MBEDTLS  := $(BOARD_MBEDTLS)
HOST_MBEDTLS_TLS := $(BOARD_MBEDTLS_TLS)
HOST_MBEDTLS_CONFIG := $(BOARD_MBEDTLS_CONFIG)
# One firmware at a time: this board's, or the first one's, which the tests run whatever BOARD is.
include board/$(if $(filter sim,$(BOARD)),emcraft-sf2,$(BOARD))/board.mk

ifeq ($(V),1)
say :=
quiet :=
else
say = @echo "$(1)	$(2)";
quiet := @
endif

# ---- what there is ---------------------------------------------------------------------------

CORE     := $(wildcard core/*.c)
STORAGE  := $(wildcard storage/*.c)
HTTP     := $(wildcard http/*.c)
PORT     := $(wildcard $(HOST_PORTS:%=%/*.c))
# Bound to lwIP or TLS.
NET      := $(filter http/lwip_% port/lwip/% port/tls/% %_netif.c,$(HTTP) $(PORT))
TOOLS    := $(wildcard tools/*.c)
UNIT     := $(wildcard tests/unit/test_*.c)
POWER    := $(wildcard tests/power/test_*.c)
FUZZERS  := $(wildcard tests/fuzz/fuzz_*.c)
BENCHES  := $(wildcard tests/bench/bench_*.c)
SCRIPTS  := $(sort $(wildcard tests/test-*.sh tests/*/test-*.sh))
# Helpers that several tests share: any other .c beside them.
SHARED   := $(filter-out $(UNIT) $(POWER),$(wildcard tests/unit/*.c tests/power/*.c))
LIBRARY  := $(filter-out $(NET),$(CORE) $(STORAGE) $(HTTP) $(PORT))
SIM      := $(wildcard board/sim/*.c)
# Programs on other web servers: each folder one, linked with that server's library.
KIT      := microhttpd civetweb cgi nginx lwip_httpd
KIT_SOURCES := $(wildcard $(KIT:%=port/%/*.c))
OURS     := $(LIBRARY) $(NET) $(SIM) $(KIT_SOURCES) $(wildcard tests/sim/*.c) $(TOOLS) $(UNIT) $(POWER) $(SHARED) $(FUZZERS) tests/size.c
POLICY_SITES := $(patsubst core/policies/%.json,build/policies/%.img,$(filter-out %.schema.json,$(wildcard core/policies/*.json)))
# The first says which placeholders each text has.
POLICY_TEXTS := core/policies/texts/en.json $(filter-out %/en.json,$(wildcard core/policies/texts/*.json))
POLICIES := $(POLICY_SITES) build/policies/texts.img build/policies/documents.img \
            $(patsubst tests/policies/%.json,build/policies/samples/%.img,$(wildcard tests/policies/*.json))
POLICY_INPUTS := $(POLICY_TEXTS) $(wildcard core/policies/documents/* tests/policies/documents/*)
HEADERS  := tests/board/count.c $(wildcard core/*.h storage/*.h http/*.h port/*/*.h board/*/*.h board/*/*/*.h tools/*.h tests/*/*.h)

# Files of the third parties that are compiled, without their endings.
MBEDTLS  := $(HOST_MBEDTLS)
TLS      := $(HOST_MBEDTLS_TLS)
CJSON    := cJSON
LWIP     := $(addprefix core/,altcp altcp_alloc altcp_tcp def dns inet_chksum init ip mem memp netif pbuf \
                raw stats sys tcp tcp_in tcp_out timeouts udp) \
            $(addprefix core/ipv4/,acd autoip dhcp etharp icmp igmp ip4 ip4_addr ip4_frag) netif/ethernet

# ---- flags -----------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wsign-conversion \
        -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wcast-align \
        -Wwrite-strings -Wvla -Wformat=2 -Wswitch-enum -Wnull-dereference -Wimplicit-fallthrough
WARN_gcc := -Wlogical-op -Wduplicated-cond -Wduplicated-branches
# core/ and storage/ run on the device's stack: 1 KB a function, seen without sanitizers only.
WARN_stack := -Wstack-usage=1024

SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Each folder gets the include paths that its layer may use and no others.
MBEDTLS_USE := -isystem $(MBEDTLS_DIR)/include -DMBEDTLS_CONFIG_FILE='"$(HOST_MBEDTLS_CONFIG)"'
CJSON_USE   := -isystem $(CJSON_DIR) -DCJSON_NESTING_LIMIT=16
LWIP_USE    := $(HOST_LWIPOPTS:%=-I%) -Iport/lwip -isystem $(LWIP_DIR)/src/include
use_core    :=
use_storage :=
use_http    := -D_DEFAULT_SOURCE
use_port    := -D_DEFAULT_SOURCE $(MBEDTLS_USE) $(CJSON_USE) $(LWIP_USE)
use_board   := -D_DEFAULT_SOURCE $(MBEDTLS_USE) $(LWIP_USE)
use_tools   := -D_DEFAULT_SOURCE $(CJSON_USE)
use_tests   := -D_DEFAULT_SOURCE $(LWIP_USE)
# The files that bind http/ to lwIP are named lwip_*; the rest knows no transport.
flags_of     = -std=c11 -I. $(use_$(firstword $(subst /, ,$(1)))) $(if $(filter http/lwip_%,$(1)),$(LWIP_USE))

# ---- packages and third-party sources, before anything is compiled ---------------------------

# The check runs again when the list or the set of installed packages has changed.
build/setup/%: tools/packages.txt tools/setup $(wildcard /var/lib/dpkg/status)
	$(quiet)tools/setup $*
	$(quiet)mkdir -p $(@D) && touch $@

FETCH := $(if $(filter build/%,$(LWIP_DIR)),lwip) $(if $(filter build/%,$(MBEDTLS_DIR)),mbedtls) \
         $(if $(filter build/%,$(CJSON_DIR)),cjson)
space := $(subst ,, )
FETCHED := build/deps/.fetched-$(subst $(space),-,$(strip $(FETCH)))

$(FETCHED): tools/fetch-deps tools/deps.txt | build/setup/run
	$(quiet)tools/fetch-deps build/deps $(FETCH)
	$(quiet)touch $@

# Sources below build/deps come with the fetching. Named one by one: make removes again what it takes
# for a step on the way of a pattern rule.
$(sort $(filter build/deps/%,$(patsubst %,$(MBEDTLS_DIR)/library/%.c,$(MBEDTLS) $(TLS)) $(CJSON:%=$(CJSON_DIR)/%.c) \
    $(LWIP:%=$(LWIP_DIR)/src/%.c) $(LWIP_DIR)/src/apps/http/httpd.c $(LWIP_DIR)/src/apps/http/fs.c $(FIRMWARE_MBEDTLS:%=$(MBEDTLS_DIR)/%.c))): | $(FETCHED) ;

# The settings that objects depend on without the compiler's saying so: a change rebuilds. lwIP's options
# are read by its own headers, of which it says nothing.
SETTINGS = $(HOST_CC) $(HOST_CFLAGS) $(SANITIZE) $(TARGET_CC) $(LWIP_DIR) $(MBEDTLS_DIR) $(CJSON_DIR) $(HOST_MBEDTLS_CONFIG) $(WARN) $(CFLAGS) \
           $(shell cat $(HOST_LWIPOPTS:%=%/lwipopts.h) port/lwip/options.h | cksum)
build/sim/settings: FORCE
	$(quiet)mkdir -p $(@D)
	$(quiet)echo '$(subst ','\'',$(SETTINGS))' | cmp -s - $@ || echo '$(subst ','\'',$(SETTINGS))' >$@
.PHONY: FORCE

# ---- profiles --------------------------------------------------------------------------------

# $(call profile,NAME,COMPILER,FLAGS,SETUP GROUP)
# Ours: build/sim/NAME/<path>.o with all warnings. Third-party: build/sim/NAME/deps/<lib>/<file>.o
# with their own flags. Dependencies on headers are written by the compiler beside each object.
define profile
build/sim/$(1)/%.o: %.c build/sim/settings | build/setup/$(4) $(FETCHED)
	@mkdir -p $$(@D)
	$$(call say,CC $(1),$$<)$(2) $(3) $$(call flags_of,$$<) $(WARN) $$(WARN_$(firstword $(subst -, ,$(2)))) $$(CFLAGS) -MMD -MP -c -o $$@ $$<

build/sim/$(1)/deps/mbedtls/%.o: $(MBEDTLS_DIR)/library/%.c build/sim/settings | build/setup/$(4) $(FETCHED)
	@mkdir -p $$(@D)
	$$(call say,CC $(1),$$<)$(2) $(3) -std=c11 -I. $(subst -isystem,-I,$(MBEDTLS_USE)) -w -MMD -MP -c -o $$@ $$<

build/sim/$(1)/deps/cjson/%.o: $(CJSON_DIR)/%.c build/sim/settings | build/setup/$(4) $(FETCHED)
	@mkdir -p $$(@D)
	$$(call say,CC $(1),$$<)$(2) $(3) -std=c11 $(subst -isystem,-I,$(CJSON_USE)) -w -MMD -MP -c -o $$@ $$<

build/sim/$(1)/deps/lwip/%.o: $(LWIP_DIR)/src/%.c build/sim/settings | build/setup/$(4) $(FETCHED)
	@mkdir -p $$(@D)
	$$(call say,CC $(1),$$<)$(2) $(3) -std=c11 -I. $(subst -isystem,-I,$(LWIP_USE)) -w -MMD -MP -c -o $$@ $$<

# Everything but programs' main files; each program takes from it what it uses. What is bound to lwIP
# lies apart, so that tests and fuzz targets do not wait for TCP and TLS.
build/sim/$(1)/libassent.a: $$(call objects,$(1),$(LIBRARY) $(SHARED)) $$(call third_party,$(1))
	$$(call say,AR $(1),$$@)rm -f $$@ && ar rcs $$@ $$^
build/sim/$(1)/libnet.a: $$(call objects,$(1),$(NET)) $$(call net_party,$(1))
	$$(call say,AR $(1),$$@)rm -f $$@ && ar rcs $$@ $$^

.SECONDARY: $$(call objects,$(1),$(UNIT) $(POWER) $(FUZZERS) $(BENCHES))
-include $$(patsubst %.o,%.d,$$(call objects,$(1),$(OURS) $(BENCHES)) $$(call third_party,$(1)) $$(call net_party,$(1)))
endef
objects      = $(patsubst %.c,build/sim/$(1)/%.o,$(2))
third_party  = $(MBEDTLS:%=build/sim/$(1)/deps/mbedtls/%.o) $(CJSON:%=build/sim/$(1)/deps/cjson/%.o)
net_party    = $(TLS:%=build/sim/$(1)/deps/mbedtls/%.o) $(LWIP:%=build/sim/$(1)/deps/lwip/%.o)

$(eval $(call profile,host,$(HOST_CC),$(HOST_CFLAGS),run))
$(eval $(call profile,test-gcc,gcc,$(SANITIZE),test))
$(eval $(call profile,test-clang,clang,$(SANITIZE),test))
$(eval $(call profile,test-malloc,clang,$(SANITIZE) -DMEM_LIBC_MALLOC=1 -DMEMP_MEM_MALLOC=1,test))
$(eval $(call profile,fuzz,clang,$(SANITIZE) -fsanitize=fuzzer-no-link,test))
$(eval $(call profile,warn-gcc,gcc,-O2 -Werror,test))
$(eval $(call profile,warn-clang,clang,-O2 -Werror,test))

# Core and storage for the smallest target, whatever BOARD is. Freestanding, or gcc would make calls
# of strlen out of loops.
TARGET_CC    := arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -Os -ffreestanding -ffunction-sections -fdata-sections
TARGET       := $(patsubst %.c,build/cortex-m3/%.o,$(CORE) $(STORAGE))
CONTEXTS     := build/cortex-m3/tests/size.o
build/cortex-m3/%.o: %.c build/sim/settings | build/setup/check
	@mkdir -p $(@D)
	$(call say,CC cortex-m3,$<)$(TARGET_CC) $(call flags_of,$<) $(WARN) $(WARN_gcc) $(WARN_stack) -Werror -MMD -MP -c -o $@ $<
-include $(TARGET:.o=.d) $(CONTEXTS:.o=.d)

# ---- firmware --------------------------------------------------------------------------------

FIRMWARE_OUT    := build/$(FIRMWARE)$(PROFILE:%=-%)
FIRMWARE_OUT    := $(FIRMWARE_OUT:%-https=%)
FIRMWARE_OURS   := $(CORE) $(STORAGE) $(filter-out port/tls/tls_key_ecp.c $(FIRMWARE_WITHOUT),$(HTTP) $(wildcard $(FIRMWARE_PORTS:%=%/*.c)) $(FIRMWARE_FILES))
FIRMWARE_BOARD  := $(wildcard board/$(FIRMWARE)/*.c $(PROFILE:%=board/$(FIRMWARE)/%/*.c))
# Of all boards, and what is built for them only.
FIRMWARE_LAID_OUT := $(sort $(filter-out board/sim/%,$(wildcard board/*/*.c board/*/*/*.c)) $(wildcard port/cortex_m/*.c port/tls/psa/*.c tests/target/*.c))
FIRMWARE_OBJECTS = $(patsubst %.c,$(FIRMWARE_OUT)/%.o,$(FIRMWARE_OURS) $(FIRMWARE_BOARD)) $(FIRMWARE_OUT)/builtin.o \
    $(FIRMWARE_MBEDTLS:%=$(FIRMWARE_OUT)/deps/mbedtls/%.o) $(FIRMWARE_LWIP:%=$(FIRMWARE_OUT)/deps/lwip/%.o)
# Where each layer finds headers of third parties.
FIRMWARE_MBEDTLS_USE := -isystem $(MBEDTLS_DIR)/include $(FIRMWARE_MBEDTLS_DIRS:%=-isystem $(MBEDTLS_DIR)/%) \
    -DMBEDTLS_CONFIG_FILE='"$(FIRMWARE_MBEDTLS_CONFIG)"'
FIRMWARE_LWIP_USE    := -Iboard/$(FIRMWARE) -Iport/lwip -isystem $(LWIP_DIR)/src/include
firmware_use = $(if $(filter port/% board/%,$(1)),$(FIRMWARE_MBEDTLS_USE) $(FIRMWARE_LWIP_USE)) \
    $(if $(filter http/lwip_%,$(1)),$(FIRMWARE_LWIP_USE)) $(if $(filter port/json/%,$(1)),$(CJSON_USE)) \
    $(if $(filter port/host/% tests/%,$(1)),-D_DEFAULT_SOURCE)
FIRMWARE_COMPILE = $(FIRMWARE_CC) $(FIRMWARE_CFLAGS) $(FIRMWARE_CHIP) $(FIRMWARE_LIMITS) -std=c11 -I.

# What lwIP and mbedTLS are told is read by headers of theirs too.
FIRMWARE_TOLD     = $(wildcard board/$(FIRMWARE)/*opts.h board/$(FIRMWARE)/*config.h board/$(FIRMWARE)/*/pools.h port/lwip/options.h port/crypto/*config.h)
FIRMWARE_SETTINGS = $(FIRMWARE_COMPILE) $(WARN) $(shell cat $(FIRMWARE_TOLD) | cksum)
$(FIRMWARE_OUT)/settings: FORCE
	$(quiet)mkdir -p $(@D)
	$(quiet)echo '$(subst ','\'',$(FIRMWARE_SETTINGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FIRMWARE_SETTINGS))' >$@
$(FIRMWARE_OUT)/%.o: %.c $(FIRMWARE_OUT)/settings | build/setup/test $(FETCHED)
	@mkdir -p $(@D)
	$(call say,CC $(FIRMWARE),$<)$(FIRMWARE_COMPILE) $(call firmware_use,$<) $(WARN) $(WARN_gcc) -Werror -MMD -MP -c -o $@ $<
$(FIRMWARE_OUT)/builtin.o: $(FIRMWARE_OUT)/builtin.c $(FIRMWARE_OUT)/settings
	$(call say,CC $(FIRMWARE),$<)$(FIRMWARE_COMPILE) -c -o $@ $<
$(FIRMWARE_OUT)/deps/mbedtls/%.o: $(MBEDTLS_DIR)/%.c $(FIRMWARE_OUT)/settings | build/setup/test $(FETCHED)
	@mkdir -p $(@D)
	$(call say,CC $(FIRMWARE),$<)$(FIRMWARE_COMPILE) $(subst -isystem,-I,$(FIRMWARE_MBEDTLS_USE)) -w -MMD -MP -c -o $@ $<
$(FIRMWARE_OUT)/deps/lwip/%.o: $(LWIP_DIR)/src/%.c $(FIRMWARE_OUT)/settings | build/setup/test $(FETCHED)
	@mkdir -p $(@D)
	$(call say,CC $(FIRMWARE),$<)$(FIRMWARE_COMPILE) $(subst -isystem,-I,$(FIRMWARE_LWIP_USE)) -w -MMD -MP -c -o $@ $<
$(FIRMWARE_OUT)/deps/cjson/%.o: $(CJSON_DIR)/%.c $(FIRMWARE_OUT)/settings | build/setup/test $(FETCHED)
	@mkdir -p $(@D)
	$(call say,CC $(FIRMWARE),$<)$(FIRMWARE_COMPILE) $(subst -isystem,-I,$(CJSON_USE)) -w -MMD -MP -c -o $@ $<
-include $(patsubst %.o,%.d,$(FIRMWARE_OBJECTS))

# The policies; a board without room for the full text of their documents leaves it out.
$(FIRMWARE_OUT)/policies/%.img: core/policies/%.json $(POLICY_INPUTS) build/tools/assent
	@mkdir -p $(@D)
	$(call say,POLICY,$<)build/tools/assent policy compile $(FIRMWARE_POLICY) $< -o $@
FIRMWARE_POLICIES := $(POLICY_SITES:build/policies/%=$(FIRMWARE_OUT)/policies/%)
$(FIRMWARE_OUT)/builtin.c: $(FIRMWARE_POLICIES) build/policies/texts.img | build/policies/documents.img
	$(call say,EMBED,$@)build/tools/assent policy embed --texts build/policies/texts.img -o $@ $(FIRMWARE_POLICIES)

FIRMWARE_SCRIPT := board/$(FIRMWARE)/link.ld
FIRMWARE_ELF    := $(FIRMWARE_OUT)/assent.elf
$(FIRMWARE_ELF): $(FIRMWARE_OBJECTS) $(FIRMWARE_SCRIPT)
	$(call say,LD $(FIRMWARE),$@)$(FIRMWARE_CC) $(FIRMWARE_CFLAGS) $(FIRMWARE_LDFLAGS) -Wl,-T,$(FIRMWARE_SCRIPT) -Wl,-Map=$(@:.elf=.map) -o $@ $(filter %.o,$^)
$(FIRMWARE_OUT)/assent.bin: $(FIRMWARE_OUT)/assent.elf
	$(quiet)arm-none-eabi-objcopy -O binary $< $@
$(FIRMWARE_OUT)/assent.hex: $(FIRMWARE_OUT)/assent.elf
	$(quiet)arm-none-eabi-objcopy -O ihex $< $@

# The other profile, whatever PROFILE is.
ifeq ($(PROFILE),https)
build/$(FIRMWARE)-gateway/assent.elf: FORCE | build/tools/assent build/policies/texts.img build/policies/documents.img
	+$(quiet)$(MAKE) PROFILE=gateway $@
endif

# The same parts with another main(), to count instructions by.
$(FIRMWARE_OUT)/count.elf: $(filter-out %/main.o,$(FIRMWARE_OBJECTS)) $(FIRMWARE_OUT)/tests/board/count.o $(FIRMWARE_SCRIPT)
	$(call say,LD $(FIRMWARE),$@)$(FIRMWARE_CC) $(FIRMWARE_CFLAGS) $(FIRMWARE_LDFLAGS) -Wl,-T,$(FIRMWARE_SCRIPT) -o $@ $(filter %.o,$^)

.PHONY: firmware
firmware: build/setup/test $(FETCHED) ## with a BOARD: build build/BOARD/assent.elf, .bin, .hex and say what takes the memory
	$(SUBMAKE) batch BATCH="$(FIRMWARE_OUT)/assent.bin $(FIRMWARE_OUT)/assent.hex"
	$(quiet)board/memory-report $(FIRMWARE_OUT)/assent.elf

# ---- unit tests on the target ----------------------------------------------------------------

# The programs of tests/unit, linked for the firmware's processor with tests/target around them, which
# needs a debugger or an emulator. Not those that fork, take signals, ask the system for the time or for
# randomness or read its headers of sockets, nor the one that measures lwIP as the simulator has it, nor those
# of another board's drivers, whose clock is another.
TARGET_NOT    := cgi_head emac flash_sim host kit_format loop nor port
TARGET_UNIT   := $(filter-out $(TARGET_NOT:%=tests/unit/test_%.c),$(UNIT))
TARGET_PARTS  := $(filter-out http/lwip_%,$(CORE) $(STORAGE) $(HTTP)) $(wildcard port/crypto/*.c port/device/*.c port/json/*.c) \
    $(addprefix port/host/,error_text.c fake_clock.c flash_sim.c layout_plan.c ledger_table.c rfc3339.c) \
    $(filter-out tests/unit/guard.c tests/power/kv_reader.c,$(SHARED))
TARGET_AROUND := $(addprefix port/cortex_m/,fault.c mpu.c semihost.c startup.c) $(filter-out %/broken.c,$(wildcard tests/target/*.c))
TARGET_ELFS   := $(TARGET_UNIT:tests/unit/%.c=$(FIRMWARE_OUT)/unit/%.elf)
TARGET_LINK    = $(FIRMWARE_CC) $(FIRMWARE_CFLAGS) -nostartfiles -Wl,--gc-sections,--fatal-warnings,--wrap=main \
    -Wl,--defsym=stack_bytes=0x30000,--defsym=code_budget=0x400000,--defsym=sram_budget=0x400000 -Wl,-T,$(FIRMWARE_SCRIPT)
$(FIRMWARE_OUT)/libtarget.a: $(TARGET_PARTS:%.c=$(FIRMWARE_OUT)/%.o) $(FIRMWARE_MBEDTLS:%=$(FIRMWARE_OUT)/deps/mbedtls/%.o) \
                             $(CJSON:%=$(FIRMWARE_OUT)/deps/cjson/%.o)
	$(call say,AR $(FIRMWARE),$@)rm -f $@ && arm-none-eabi-ar rcs $@ $^
$(FIRMWARE_OUT)/unit/%.elf: $(FIRMWARE_OUT)/tests/unit/%.o $(TARGET_AROUND:%.c=$(FIRMWARE_OUT)/%.o) $(FIRMWARE_OUT)/libtarget.a board/$(FIRMWARE)/link.ld
	@mkdir -p $(@D)
	$(call say,LD $(FIRMWARE),$@)$(TARGET_LINK) -o $@ $(filter %.o %.a,$^)
$(FIRMWARE_OUT)/unit/broken.elf: $(FIRMWARE_OUT)/tests/target/broken.o $(TARGET_AROUND:%.c=$(FIRMWARE_OUT)/%.o) board/$(FIRMWARE)/link.ld
	@mkdir -p $(@D)
	$(call say,LD $(FIRMWARE),$@)$(TARGET_LINK) -o $@ $(filter %.o,$^)
# What the tests of a second board need. A program that does not build is missed by the test that reads
# the list.
.PHONY: target-tests
target-tests:
	$(quiet)mkdir -p $(FIRMWARE_OUT)/unit && echo $(TARGET_ELFS) >$(FIRMWARE_OUT)/unit/list
	$(call build_all,$(TARGET_ELFS) $(FIRMWARE_OUT)/unit/broken.elf $(FIRMWARE_ELF))
.SECONDARY: $(TARGET_UNIT:%.c=$(FIRMWARE_OUT)/%.o)
-include $(patsubst %.c,$(FIRMWARE_OUT)/%.d,$(TARGET_PARTS) $(TARGET_AROUND) $(TARGET_UNIT))

# ---- run and tools ---------------------------------------------------------------------------

.PHONY: run demo tools
ifeq ($(BOARD),sim)
run: ## start the simulator with its five sites; RUN="--http 8090" gives it options
	$(SUBMAKE) tools policies
	$(quiet)build/tools/assent-sim --sites build/policies --flash build/sim/flash.img $(RUN)
else
run:
	$(SUBMAKE) tools $(FIRMWARE_OUT)/assent.elf
	$(quiet)board/$(FIRMWARE)/run $(RUN)
.PHONY: flash
flash:
	$(SUBMAKE) $(FIRMWARE_OUT)/assent.hex
	$(quiet)board/$(FIRMWARE)/flash
endif
demo: ## show on the terminal what the gate does to a visit under each choice
	$(SUBMAKE) tools
	$(quiet)tools/demo

tools: build/tools/assent build/tools/assent-sim ## build the host command and the simulator in build/tools

build/tools/assent: $(call objects,host,$(TOOLS)) build/sim/host/libassent.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(HOST_CC) $(HOST_CFLAGS) -o $@ $^ $(HOST_LIBS)

build/tools/assent-sim: $(call objects,host,$(SIM)) build/sim/host/libnet.a build/sim/host/libassent.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(HOST_CC) $(HOST_CFLAGS) -o $@ $^ $(HOST_LIBS)

# The same programs with sanitizers: what the script tests run.
build/sim/test-gcc/assent: $(call objects,test-gcc,$(TOOLS)) build/sim/test-gcc/libassent.a
	$(call say,LD test-gcc,$@)gcc $(SANITIZE) -o $@ $^ $(HOST_LIBS)
build/sim/test-gcc/assent-sim: $(call objects,test-gcc,$(SIM)) build/sim/test-gcc/libnet.a build/sim/test-gcc/libassent.a
	$(call say,LD test-gcc,$@)gcc $(SANITIZE) -o $@ $^ $(HOST_LIBS)
build/sim/test-malloc/assent-sim: $(call objects,test-malloc,$(SIM) tests/sim/tls_pool_malloc.c) \
                                  build/sim/test-malloc/libnet.a build/sim/test-malloc/libassent.a
	$(call say,LD test-malloc,$@)clang $(SANITIZE) -o $@ $^ $(HOST_LIBS)

# Programs on other web servers, with sanitizers.
KIT_PROGRAMS := $(KIT:%=build/sim/test-gcc/kit/%)
kit_libs_microhttpd := -lmicrohttpd
kit_libs_civetweb   := -lcivetweb
# lwIP's own server, with the settings of a project that uses it.
LWIP_HTTPD          := $(addprefix build/sim/test-gcc/deps/lwip/apps/http/,httpd.o fs.o)
build/sim/test-gcc/deps/lwip/apps/http/%.o: $(LWIP_DIR)/src/apps/http/%.c port/lwip_httpd/options.h build/sim/settings | $(FETCHED)
	@mkdir -p $(@D)
	$(call say,CC test-gcc,$<)gcc $(SANITIZE) -std=c11 -I. $(subst -isystem,-I,$(LWIP_USE)) -include port/lwip_httpd/options.h -w -MMD -MP -c -o $@ $<
kit_needs_lwip_httpd := $(LWIP_HTTPD) build/sim/test-gcc/libnet.a
kit_libs_lwip_httpd := build/sim/test-gcc/libassent.a $(HOST_LIBS)
define link_kit
build/sim/test-gcc/kit/$(1): $$(call objects,test-gcc,$$(wildcard port/$(1)/*.c)) $$(kit_needs_$(1)) build/sim/test-gcc/libassent.a
	@mkdir -p $$(@D)
	$$(call say,LD test-gcc,$$@)gcc $$(SANITIZE) -o $$@ $$^ $$(kit_libs_$(1))
endef
$(foreach k,$(KIT),$(eval $(call link_kit,$(k))))

# The integrator's archive.
DIST := build/dist/assent-$(VERSION).tar.gz
.PHONY: dist
dist: build/setup/run $(FETCHED) ## make the integrator's archive build/dist/assent-VERSION.tar.gz
	$(SUBMAKE) batch BATCH=$(DIST)
$(DIST): $(POLICY_SITES) build/policies/texts.img tools/dist LICENSE $(wildcard tools/kit/* tools/*.[ch] \
         core/policies/*.* core/*.[ch] storage/*.[ch] http/*.[ch] port/*/*)
	$(call say,DIST,$@)tools/dist $(VERSION) $(MBEDTLS_DIR) $(CJSON_DIR) $(@D)

# Each policy of core/policies as an image, the texts they share as one more, and all of them as C
# source for programs that carry them (core/policies/builtin.h). Samples of the tests: the same way. The full
# texts of the documents as another image, for boards whose policies leave them out.
.PHONY: policies
policies: $(POLICIES) build/policies/builtin.c ## compile the policies to build/policies/NAME.img
build/policies/%.img: core/policies/%.json $(POLICY_INPUTS) build/tools/assent
	@mkdir -p $(@D)
	$(call say,POLICY,$<)build/tools/assent policy compile $< -o $@
build/policies/samples/%.img: tests/policies/%.json $(POLICY_INPUTS) build/tools/assent
	@mkdir -p $(@D)
	$(call say,POLICY,$<)build/tools/assent policy compile $< -o $@
build/policies/texts.img: $(POLICY_TEXTS) build/tools/assent
	@mkdir -p $(@D)
	$(call say,TEXTS,$@)build/tools/assent policy texts $(POLICY_TEXTS) -o $@
build/policies/documents.img: $(POLICY_SITES) build/tools/assent
	$(call say,DOCUMENTS,$@)build/tools/assent policy documents $(POLICY_SITES) -o $@
build/policies/builtin.c: $(POLICY_SITES) build/policies/texts.img
	$(call say,EMBED,$@)build/tools/assent policy embed --texts build/policies/texts.img -o $@ $(POLICY_SITES)

# ---- tests -----------------------------------------------------------------------------------

TEST_STEMS := $(patsubst tests/%.c,%,$(UNIT) $(POWER))
TEST_PROGRAMS := $(foreach p,test-gcc test-clang,$(TEST_STEMS:%=build/sim/$(p)/bin/%))
FUZZ_PROGRAMS := $(patsubst tests/fuzz/fuzz_%.c,build/sim/fuzz/bin/%,$(FUZZERS))

define link_tests
build/sim/$(1)/bin/%: build/sim/$(1)/tests/%.o build/sim/$(1)/libassent.a
	@mkdir -p $$(@D)
	$$(call say,LD $(1),$$@)$(2) $(SANITIZE) -o $$@ -Wl,--start-group $$^ -Wl,--end-group $(HOST_LIBS) -lm
endef
$(eval $(call link_tests,test-gcc,gcc))
$(eval $(call link_tests,test-clang,clang))
# What tests the binding to lwIP is linked with it.
build/sim/test-gcc/bin/unit/test_port build/sim/test-gcc/bin/unit/test_emac: build/sim/test-gcc/libnet.a
build/sim/test-clang/bin/unit/test_port build/sim/test-clang/bin/unit/test_emac: build/sim/test-clang/libnet.a

build/sim/fuzz/bin/%: build/sim/fuzz/tests/fuzz/fuzz_%.o build/sim/fuzz/libassent.a
	@mkdir -p $(@D)
	$(call say,LD fuzz,$@)clang $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS) -lm

# A line for each test: kind, name, command. A program that did not build counts as failed, so
# that one broken file does not hide the results of the others.
chosen = $(if $(ONLY),$(filter $(foreach n,$(ONLY),%/$(n) %/test_$(n) %/test-$(n).sh),$(1)),$(1))
UNIT_CHOSEN   := $(call chosen,$(TEST_PROGRAMS))
SCRIPT_CHOSEN := $(call chosen,$(SCRIPTS))
FUZZ_CHOSEN   := $(if $(FUZZ),$(FUZZ:%=build/sim/fuzz/bin/%),$(call chosen,$(FUZZ_PROGRAMS)))
UNIT_LINES    := $(foreach p,$(UNIT_CHOSEN),"unit $(p:build/sim/%=%) $(p)")
SCRIPT_LINES  := $(foreach s,$(SCRIPT_CHOSEN),"script $(s) sh $(s)")
FUZZ_LINES    := $(foreach n,$(notdir $(FUZZ_CHOSEN)),"fuzz fuzz/$(n) tests/fuzz/run $(n) $(FUZZ_SECONDS)")
# What another board's tests need, its own make builds.
build/mps2-an385/.tests: FORCE build/tools/assent build/policies/texts.img build/policies/documents.img
	$(SUBMAKE) BOARD=mps2-an385 target-tests
SCRIPT_NEEDS  := $(if $(SCRIPT_CHOSEN),build/tools/assent build/sim/test-gcc/assent $(POLICIES)) \
                 $(if $(filter tests/board/%,$(SCRIPT_CHOSEN)),$(FIRMWARE_OUT)/assent.elf build/$(FIRMWARE)-gateway/assent.elf $(FIRMWARE_OUT)/count.elf) \
                 $(if $(filter %/test-target.sh %/test-mps2.sh,$(SCRIPT_CHOSEN)),build/mps2-an385/.tests) \
                 $(if $(filter tests/sim/% tests/browser/%,$(SCRIPT_CHOSEN)),$(patsubst %,build/%/assent-sim,tools sim/test-gcc sim/test-malloc)) \
                 $(if $(filter tests/kit/%,$(SCRIPT_CHOSEN)),$(KIT_PROGRAMS)) \
                 $(if $(filter tests/kit/test-dist.sh,$(SCRIPT_CHOSEN)),$(DIST))

.PHONY: test test-unit test-scripts test-fuzz fuzz soak bench
test: test-programs ## all tests; the last line is the sum: N passed, N failed
	$(quiet)FUZZ_SEED=$(FUZZ_SEED) ASSENT=build/sim/test-gcc/assent tests/run $(UNIT_LINES) $(SCRIPT_LINES) $(FUZZ_LINES)
test-unit: unit-programs ## unit and power-loss tests only
	$(quiet)tests/run $(UNIT_LINES)
test-scripts: script-programs ## script tests only
	$(quiet)ASSENT=build/sim/test-gcc/assent tests/run $(SCRIPT_LINES)
test-fuzz: fuzz-programs ## fuzz targets only, FUZZ_SECONDS each
	$(quiet)FUZZ_SEED=$(FUZZ_SEED) tests/run $(FUZZ_LINES)
fuzz: fuzz-programs ## one long run of fuzz targets: FUZZ_SECONDS=3600 FUZZ=name
	$(quiet)TEST_TIMEOUT_S=$$(($(FUZZ_SECONDS) + 600)) tests/run $(FUZZ_LINES)

# Power cuts without the bounds that they have among the tests, and without sanitizers, which would
# make them take ten times as long.
POWER_PROGRAMS := $(POWER:tests/power/%.c=build/sim/host/bin/power/%)
$(POWER_PROGRAMS): build/sim/host/bin/power/%: build/sim/host/tests/power/%.o $(call objects,host,$(SHARED)) build/sim/host/libassent.a
	@mkdir -p $(@D)
	$(call say,LD host,$@)$(HOST_CC) $(HOST_CFLAGS) -o $@ $^ $(HOST_LIBS)
.PHONY: power
power: build/setup/test $(FETCHED) ## every power cut of the store
	$(SUBMAKE) batch BATCH="$(POWER_PROGRAMS)"
	$(quiet)POWER_FULL=1 TEST_TIMEOUT_S=14400 tests/run $(foreach p,$(POWER_PROGRAMS),"unit power/$(notdir $(p)) $(p)"); \
	    result=$$?; grep -h ' cuts' build/test-logs/*.log; exit $$result

# As fuzz, but every target for an hour; a second time goes on from what the first has found.
soak: ## the firmware under power cuts and load, every power cut, a day of random visits, every fuzz target for SOAK_SECONDS (3600)
	+$(quiet)$(MAKE) power
	+$(quiet)$(MAKE) script-programs ONLY=soak
	$(quiet)SOAK_HOURS=24 SOAK_SECONDS=0 ASSENT=build/sim/test-gcc/assent node tests/sim/soak.js build/sim/test-gcc/assent-sim
	+$(quiet)$(MAKE) $(FIRMWARE_ELF) build/tools/assent
	$(quiet)for cut in SIGTERM SIGKILL; do CASE_MS=7200000 CUTS=200 CUT=$$cut node tests/board/board.js $(FIRMWARE_ELF) \
	    no_acknowledged_choice_is_lost_and_none_comes_back_at_power_cuts_under_load || exit 1; done
	$(quiet)CASE_MS=7200000 REQUESTS=20000 V=1 node tests/board/board.js $(FIRMWARE_ELF) \
	    a_mixed_load_over_http_and_https_leaves_nothing_behind
	+$(quiet)$(MAKE) PROFILE=gateway build/$(FIRMWARE)-gateway/assent.elf
	$(quiet)FIRMWARE=build/$(FIRMWARE)-gateway/assent.elf CASE_MS=7200000 REQUESTS=20000 V=1 node tests/board/gateway.js \
	    gateway a_mixed_load_of_visitors_and_operator_leaves_nothing_behind
	+$(quiet)$(MAKE) fuzz FUZZ_SECONDS=$(SOAK_SECONDS)

# Benches need other projects' libraries to compare with, and a quiet machine.
BENCH_PROGRAMS := $(BENCHES:tests/bench/%.c=build/sim/host/bin/bench/%)
build/sim/host/bin/bench/%: build/sim/host/tests/bench/%.o build/sim/host/libassent.a
	@mkdir -p $(@D)
	$(call say,LD host,$@)$(HOST_CC) $(HOST_CFLAGS) -o $@ $^ -Wl,--as-needed -lmicrohttpd -lcivetweb $(HOST_LIBS) -lm
bench: build/setup/bench $(FETCHED) ## measure, beside other projects' code on the same input
	$(SUBMAKE) batch BATCH="$(BENCH_PROGRAMS) build/tools/assent build/tools/assent-sim $(POLICIES) $(FIRMWARE_ELF) $(FIRMWARE_OUT)/count.elf"
	$(quiet)for bench in $(BENCH_PROGRAMS); do $$bench || exit 1; done
	$(quiet)for bench in $(sort $(wildcard tests/bench/bench-*.sh)); do sh $$bench || exit 1; done

# What can be built is built (-k); what cannot is removed, lest an old one be run, and tests/run
# reports it as missing.
build_all = $(SUBMAKE) -k batch BATCH="$(1)" || \
    for program in $(1); do $(MAKE) $$program >/dev/null 2>&1 || rm -f $$program; done
.PHONY: test-programs unit-programs script-programs fuzz-programs batch
batch: $(BATCH) ; @:
test-programs: build/setup/test $(FETCHED)
	$(call build_all,$(UNIT_CHOSEN) $(FUZZ_CHOSEN) $(if $(UNIT_CHOSEN),$(POLICIES)) $(SCRIPT_NEEDS))
unit-programs: build/setup/test $(FETCHED)
	$(call build_all,$(UNIT_CHOSEN) $(POLICIES))
script-programs: build/setup/test $(FETCHED)
	$(call build_all,$(SCRIPT_NEEDS))
fuzz-programs: build/setup/test $(FETCHED)
	$(call build_all,$(FUZZ_CHOSEN))

# ---- checks ----------------------------------------------------------------------------------

WARN_GCC   := $(call objects,warn-gcc,$(OURS))
WARN_CLANG := $(call objects,warn-clang,$(OURS))
TIDY       := $(patsubst %.c,build/check/tidy/%,$(OURS))
DOCUMENTS  := $(filter-out build/%,$(wildcard *.md */*.md */*/*.md))

# clang-tidy looks at a file again when anything that it includes has changed.
build/check/tidy/%: build/sim/warn-clang/%.o .clang-tidy tools/.clang-tidy
	@mkdir -p $(@D)
	$(call say,TIDY,$*.c)clang-tidy --quiet $*.c -- $(call flags_of,$*.c) 2>$@.log || \
	    { grep -v ' warnings generated' $@.log; exit 1; }
	@touch $@

# What only a firmware has, with a second compiler, for its processor: like the tidy rule above.
# Registers are at addresses, so clang-tidy must not mind that.
FIRMWARE_SOLE   := $(filter-out $(OURS),$(FIRMWARE_BOARD) $(FIRMWARE_OURS))
FIRMWARE_CLANG   = --target=arm-none-eabi $(filter -m%,$(FIRMWARE_CC)) $(FIRMWARE_CHIP) $(FIRMWARE_LIMITS) -std=c11 -I. \
    -isystem $(dir $(shell arm-none-eabi-gcc -print-file-name=libc.a))../include
FIRMWARE_CHECKED := $(patsubst %.c,build/check/$(FIRMWARE)/%,$(FIRMWARE_SOLE))
build/check/$(FIRMWARE)/%: $(FIRMWARE_OUT)/%.o .clang-tidy
	@mkdir -p $(@D)
	$(call say,CLANG $(FIRMWARE),$*.c)clang -fsyntax-only $(FIRMWARE_CLANG) $(call firmware_use,$*.c) $(WARN) -Werror $*.c
	$(call say,TIDY $(FIRMWARE),$*.c)clang-tidy --quiet --checks=-performance-no-int-to-ptr $*.c -- \
	    $(FIRMWARE_CLANG) $(call firmware_use,$*.c) 2>$@.log || { grep -v ' warnings generated' $@.log; exit 1; }
	@touch $@

CHECKS := format files layers readme warnings target symbols size cppcheck tidy boards
.PHONY: check size $(CHECKS:%=check-%)
check: build/setup/check $(FETCHED) ## form, warnings, static analysis, layers, documents, size; last line: the sum
	+$(quiet)TEST_JOBS=1 TEST_LOGS=build/check/logs TEST_TIMEOUT_S=1800 tests/run \
	    $(foreach c,$(CHECKS),"check $(c) $(MAKE) check-$(c)")
check-format: build/setup/check
	$(quiet)clang-format --dry-run -Werror $(OURS) $(BENCHES) $(HEADERS) $(FIRMWARE_LAID_OUT)
check-files: build/setup/check
	$(quiet)tools/check-files
check-layers:
	$(quiet)tools/check-layers
check-readme:
	$(quiet)tools/check-readme $(DOCUMENTS)
	$(quiet)tools/glue check
check-warnings: build/setup/check
	$(SUBMAKE) -k batch BATCH="$(WARN_GCC) $(WARN_CLANG)"
check-target: build/setup/check
	$(SUBMAKE) -k batch BATCH="$(TARGET) $(CONTEXTS)"
check-symbols: $(TARGET)
	$(quiet)tools/check-symbols $^
check-cppcheck: build/setup/check $(FETCHED)
	$(quiet)mkdir -p build/check/cppcheck
	$(quiet)cppcheck --quiet --std=c11 --language=c -j $(shell nproc) --cppcheck-build-dir=build/check/cppcheck \
	    --enable=warning,style,performance,portability --inline-suppr --error-exitcode=1 -I. \
	    --suppressions-list=tools/cppcheck.txt $(OURS)
check-tidy: build/setup/check
	$(SUBMAKE) -k batch BATCH="$(TIDY)"
.PHONY: check-board
check-boards: build/setup/check $(FETCHED)
	+$(quiet)failed=0; for link in board/*/link.ld; do \
	    $(MAKE) BOARD=$$(basename $$(dirname $$link)) check-board || failed=1; done; exit $$failed
check-board: build/setup/check $(FETCHED)
	$(SUBMAKE) -k batch BATCH="$(FIRMWARE_CHECKED)"
	$(quiet)cppcheck --quiet --std=c11 --language=c --platform=arm32-wchar_t4 --enable=warning,style,performance,portability \
	    --inline-suppr --error-exitcode=1 -I. $(filter -I%,$(FIRMWARE_LWIP_USE)) $(FIRMWARE_CHIP) $(FIRMWARE_LIMITS) \
	    --suppressions-list=tools/cppcheck.txt $(FIRMWARE_SOLE)
size: $(TARGET) $(CONTEXTS) ## code size of core and storage on Cortex-M3, memory of the firmware; writes them into README.md
	$(quiet)tools/size write $^
	$(SUBMAKE) $(FIRMWARE_ELF) build/$(FIRMWARE)-gateway/assent.elf
	$(quiet)board/memory-report $(FIRMWARE_ELF) README.md firmware
	$(quiet)board/memory-report build/$(FIRMWARE)-gateway/assent.elf README.md gateway
check-size: $(TARGET) $(CONTEXTS)
	$(quiet)tools/size check $^

# ---- house-keeping ---------------------------------------------------------------------------

.PHONY: setup deps format clean help
setup: build/setup/check ## install the Debian packages that are missing (tools/packages.txt)
deps: $(FETCHED) ## fetch lwIP, mbedTLS and cJSON into build/deps
format: build/setup/check ## lay out all C files by .clang-format
	$(quiet)clang-format -i $(OURS) $(BENCHES) $(HEADERS) $(FIRMWARE_LAID_OUT)
clean: ## remove what was built; build/deps stays
	$(quiet)find build -mindepth 1 -maxdepth 1 ! -name deps -exec rm -rf {} + 2>/dev/null || true
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile
	@sed -n '/^#   BOARD=/,/^#   V=/s/^# //p' Makefile
