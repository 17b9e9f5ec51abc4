#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The integrator's archive: unpacked into an empty folder, a program is built against it by pkg-config and by
# CMake, and runs; installed it does too; a policy is made with it; its examples build; another target too;
# twice made it is the same.
set -u

. tests/tools/verdict.sh
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for tool in pkg-config cmake; do
    verdict "$(command -v $tool >/dev/null && echo there)" there "$tool (tools/packages.txt)"
done

archive=$(ls build/dist/assent-*.tar.gz)
version=$(basename "$archive" .tar.gz | sed 's/^assent-//')
tools/dist "$version" "${MBEDTLS_DIR:-build/deps/mbedtls}" "${CJSON_DIR:-build/deps/cjson}" \
    "$work/again" >"$work/log" 2>&1
verdict "$(cmp "$archive" "$work/again/assent-$version.tar.gz" 2>&1)" '' 'made twice'

tar -C "$work" -xzf "$archive"
kit=$work/assent-$version
PKG_CONFIG_PATH=$kit/lib/pkgconfig
export PKG_CONFIG_PATH
verdict "$(pkg-config --modversion assent)" "$version" 'pkg-config: version'

# outcome PROGRAM: what it lets pass
outcome() {
    rm -f "$work/flash.img"
    "$1" "$work/flash.img" "$kit/share/assent/texts.img" "$kit/share/assent/prokoders.img" 2>&1 |
        tr -d '\r' | grep -i 'cookie: \|notice'
}
expected='Cookie: pk_session=1
notice: yes
Set-Cookie: pk_session=4; HttpOnly; SameSite=Lax
Set-Cookie: pk_usage=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0'

# As a program outside the tree includes it; a header of its own that is named like one of ours is no matter.
sed 's,#include "port/,#include "assent/port/,' tests/kit/dist.c >"$work/site.c"
mkdir -p "$work/own/http" "$work/own/core"
echo '#error "the header of the program, not of the archive"' |
    tee "$work/own/http/request.h" "$work/own/http/app.h" >"$work/own/core/span.h"
for cc in gcc clang; do
    # shellcheck disable=SC2046 # flags are split on purpose
    $cc -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror -I"$work/own" -o "$work/by-$cc" "$work/site.c" \
        $(pkg-config --cflags --libs assent-host) >"$work/log" 2>&1 || cat "$work/log"
    verdict "$(outcome "$work/by-$cc" | head -n 4)" "$expected" "pkg-config, $cc"
done

mkdir "$work/cmake"
cp "$work/site.c" "$work/cmake/"
cat >"$work/cmake/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(site C)
find_package(assent 0.1 REQUIRED)
add_executable(site site.c)
target_link_libraries(site assent::host)
END
{
    cmake -S "$work/cmake" -B "$work/cmake/build" -DCMAKE_PREFIX_PATH="$kit" &&
        cmake --build "$work/cmake/build"
} >"$work/log" 2>&1 || cat "$work/log"
verdict "$(outcome "$work/cmake/build/site" | head -n 4)" "$expected" 'CMake'

# A program that was compiled with other limits than the library is told so.
# shellcheck disable=SC2046
gcc -DASSENT_GATE_PLACE_BYTES=64 -o "$work/other" "$work/site.c" $(pkg-config --cflags --libs assent-host)
verdict "$(rm -f "$work/flash.img"; "$work/other" "$work/flash.img" "$kit/share/assent/texts.img" \
    "$kit/share/assent/prokoders.img" 2>&1; echo $?)" 'assent: library and program were compiled with other limits
2' 'other limits'

# With a crypto of its own a program has none of mbedTLS in it; one that computes nothing is not used.
sed 's/static struct kit_host host;/&\
static int hash(void *ctx, const struct assent_span *parts, size_t count, uint8_t out[32])\
{ (void)ctx; (void)parts; (void)count; memset(out, 1, 32); return ASSENT_OK; }\
static int mac(void *ctx, const uint8_t key[32], const struct assent_span *parts, size_t count, uint8_t out[32])\
{ (void)key; return hash(ctx, parts, count, out); }/
    s/kit_host_open(&host, /kit_host_open_with(\&host, ASSENT_KIT_SIZES, (struct assent_crypto){NULL, hash, mac, NULL, NULL}, /' \
    "$work/site.c" >"$work/seam.c"
# shellcheck disable=SC2046
gcc -std=c11 -Wall -Wextra -Werror -o "$work/seam" "$work/seam.c" $(pkg-config --cflags --libs assent-host)
verdict "$(nm "$work/seam" | grep -c mbedtls) $(nm "$work/by-gcc" | grep -c ' T mbedtls_sha256$')" '0 1' \
    'own crypto: mbedTLS'
verdict "$(rm -f "$work/flash.img"; "$work/seam" "$work/flash.img" "$kit/share/assent/texts.img" \
    "$kit/share/assent/prokoders.img" >"$work/log" 2>&1; echo $?)" 2 'own crypto: wrong'

# Installed, under a name of its own.
make -s -C "$kit" install PREFIX=/opt/consent DESTDIR="$work/root" >"$work/log" 2>&1 || cat "$work/log"
# shellcheck disable=SC2046
(PKG_CONFIG_PATH=$work/root/opt/consent/lib/pkgconfig
    gcc -o "$work/installed" "$work/site.c" $(pkg-config --cflags --libs assent-host)) 2>&1
verdict "$(outcome "$work/installed" | head -n 4)" "$expected" 'installed'

# A policy of one's own: the one to begin with, with another cookie in it.
sed 's/"name": "session"/"name": "pk_session"/; s/"localhost"/"prokoders.localhost"/' \
    "$kit/share/assent/policies/site.json" >"$kit/share/assent/policies/my.json"
verdict "$("$kit/bin/assent" policy check "$kit/share/assent/policies/site.json" 2>&1 &&
    "$work/root/opt/consent/bin/assent" policy compile "$kit/share/assent/policies/my.json" -o "$work/my.img" 2>&1)" \
    '' 'own policy: compiled'
verdict "$("$work/by-gcc" "$work/flash2.img" "$kit/share/assent/texts.img" "$work/my.img" 2>&1 | tr -d '\r' |
    sed -n 's/^Cookie: \(.*\)/\1/p; s/^Set-Cookie: \(pk_session[^;]*\).*/\1/p')" 'pk_session=1
pk_session=4' 'own policy: in force'
verdict "$("$kit/bin/assent" policy show "$work/my.img" |
    "$kit/examples/port/nginx/cookies" set)" 'add_header Set-Cookie $assent_set_pk_session always;
add_header Set-Cookie $assent_set_visits always;' 'own policy: for nginx'
for policy in "$kit"/share/assent/policies/*.json; do
    case $policy in *schema.json | */my.json | */site.json) continue ;; esac
    name=$(basename "$policy" .json)
    "$kit/bin/assent" policy compile "$policy" -o "$work/again.img" >"$work/log" 2>&1
    verdict "$? $(cmp "$work/again.img" "$kit/share/assent/$name.img" 2>&1)" '0 ' "policy $name: the same again"
done

# The library stands on nothing but these.
verdict "$(nm -u "$kit/lib/libassent.a" 2>/dev/null | sed -n 's/^ *U //p' | sort -u |
    grep -v '^assent_\|^_GLOBAL_OFFSET_TABLE_$' | tr '\n' ' ')" 'memchr memcmp memcpy memmove memset strcmp strlen ' 'undefined symbols'

# Examples, as an integrator builds them.
for example in microhttpd civetweb cgi nginx; do
    case $example in
    cgi | nginx) library= ;;
    *) library=-l$example ;;
    esac
    # shellcheck disable=SC2046
    gcc -std=c11 -D_DEFAULT_SOURCE -I"$kit/examples" -o "$work/$example" \
        "$kit"/examples/port/$example/*.c $(pkg-config --cflags --libs assent-host) \
        $library >"$work/log" 2>&1
    verdict "$? $(cat "$work/log")" '0 ' "example $example"
done

# With other limits: who asks pkg-config compiles with them too.
make -s -C "$kit" clean >"$work/log" 2>&1
make -s -C "$kit" settings LIMITS='-DASSENT_APP_BODY_BYTES=2048 -DASSENT_SITES=2' >"$work/log" 2>&1
verdict "$(pkg-config --cflags assent-host | grep -o -- '-D.*[^ ]')" \
    '-DASSENT_APP_BODY_BYTES=2048 -DASSENT_SITES=2' 'limits: pkg-config'
verdict "$(grep -o -- '-D[^"]*' "$kit/lib/cmake/assent/assent-config.cmake")" \
    '-DASSENT_APP_BODY_BYTES=2048;-DASSENT_SITES=2' 'limits: CMake'
make -s -C "$kit" settings >"$work/log" 2>&1
verdict "$(pkg-config --cflags assent-host | grep -c -- -D)" 0 'limits: taken back'

# For another target, without a change.
make -s -j2 -C "$kit" CC=arm-none-eabi-gcc AR=arm-none-eabi-ar CFLAGS='-Os -mcpu=cortex-m3 -mthumb' \
    lib/libassent.a >>"$work/log" 2>&1 || cat "$work/log"
verdict "$(arm-none-eabi-nm "$kit/lib/libassent.a" | grep -c ' T assent_kit_')" "$(
    grep -c '^[a-z].* \**assent_kit_[a-z_]*(' "$top/http/kit.c")" 'for Cortex-M3'
finish
