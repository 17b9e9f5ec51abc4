#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The scripts of the build: setup, fetch-deps, tests/run and the checks, each on a small tree of
# its own. No network and no root needed.
set -u

top=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# check NAME EXPECTED-CODE PATTERN COMMAND...: the command ends with that code and its output, if
# PATTERN is not empty, has a line that matches.
check() {
    name=$1 code=$2 pattern=$3
    shift 3
    output=$("$@" 2>&1)
    got=$?
    if [ "$got" -ne "$code" ] || { [ -n "$pattern" ] && ! echo "$output" | grep -qE -e "$pattern"; }; then
        failed=$((failed + 1))
        echo "FAILED $name: code $got, expected $code and /$pattern/ in:"
        echo "$output" | head -n 20
    else
        passed=$((passed + 1))
    fi
}

# ---- setup -----------------------------------------------------------------------------------

printf '# c\nrun  dpkg  always there\ntest no-such-package-here  missing\n' >"$work/list"
check "setup is content when all is there" 0 '' env SETUP_LIST="$work/list" tools/setup run
check "setup refuses an unknown group" 2 'unknown group' tools/setup nonsense
if [ "$(id -u)" -eq 0 ]; then
    as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
else
    as_user=
fi
# Copied, as the checkout may lie where others cannot look.
chmod 755 "$work"
cp tools/setup "$work/setup"
mkdir "$work/bin"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/sudo"
chmod 755 "$work/setup" "$work/bin/sudo"
chmod 644 "$work/list"
without_root() {
    # shellcheck disable=SC2086
    (cd "$work" && $as_user env PATH="$work/bin:$PATH" SETUP_LIST="$work/list" ./setup test </dev/null)
}
check "setup without root names the line to run" 1 \
    "su -c 'apt-get update && apt-get install -y .* no-such-package-here'" without_root

# ---- fetch-deps ------------------------------------------------------------------------------

etc=$work/etc
mkdir -p "$etc/sources.list.d"
cat >"$etc/sources.list" <<'END'
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] https://tool.example/apt bookworm main
deb http://one.example/debian/ bookworm main contrib
deb http://security.example/debian-security bookworm-security main
deb https://stable.example/linux/debian bookworm stable
END
cat >"$etc/sources.list.d/debian.sources" <<'END'
Types: deb deb-src
# a comment
URIs: http://two.example/debian
  mirror+file:/etc/apt/mirrors/debian
Suites: bookworm bookworm-updates
Components: main non-free

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main
END
printf '%s\n' 'http://one.example/debian/' 'http://two.example/debian' \
    'mirror+file:/etc/apt/mirrors/debian' 'https://tool.example/apt' >"$work/expected"
APT_ETC=$etc tools/fetch-deps --mirrors >"$work/mirrors"
check "Debian's archives are found, the likeliest first" 0 '' diff "$work/expected" "$work/mirrors"
check "DEBIAN_MIRROR comes before all" 0 '^http://mine.example/debian$' \
    env APT_ETC="$etc" DEBIAN_MIRROR=http://mine.example/debian tools/fetch-deps --mirrors
check "an unknown dependency is named" 1 'does not name nonsense' \
    tools/fetch-deps "$work/deps" nonsense
mkdir -p "$work/deps/cjson"
awk '$1 == "cjson" { print $4 }' tools/deps.txt >"$work/deps/cjson/.sha256"
check "what is there is left alone, without asking any archive" 0 '' \
    env APT_ETC=/nonexistent tools/fetch-deps "$work/deps" cjson
echo other >"$work/deps/cjson/.sha256"
check "another version is fetched anew; no archive is reported" 1 'no Debian archive' \
    env APT_ETC=/nonexistent tools/fetch-deps "$work/deps" cjson

# ---- tests/run -------------------------------------------------------------------------------

cd "$work" || exit 1
printf 'echo noise\necho "3 passed, 0 failed"\n' >good
printf 'echo "2 passed, 1 failed"\nexit 1\n' >bad
printf 'echo "5 passed, 0 failed"\nexit 3\n' >leak
printf 'echo "5 passed, 0 failed"\nkill -9 $$\n' >crash
printf 'echo nothing to say\n' >silent
printf 'sleep 5\necho "1 passed, 0 failed"\n' >slow
run=$top/tests/run
check "passes are added up" 0 '^6 passed, 0 failed$' "$run" "unit a sh good" "script b sh good"
check "failures are added up" 1 '^5 passed, 1 failed$' "$run" "unit a sh good" "unit b sh bad"
check "an exit code counts, whatever was said before" 1 '^5 passed, 1 failed$' "$run" "unit a sh leak"
check "a crash is a failure" 1 '^[05] passed, 1 failed$' "$run" "unit a sh crash"
check "a missing program is a failure" 1 '^3 passed, 1 failed$' "$run" "unit a sh good" "unit b ./absent"
check "a program without a last line is a failure" 1 '^0 passed, 1 failed$' "$run" "unit a sh silent"
check "a program that hangs is a failure" 1 '^0 passed, 1 failed$' \
    env TEST_TIMEOUT_S=1 "$run" "unit a sh slow"
check "a fuzz target counts by its exit code" 0 '^1 passed, 0 failed$' "$run" "fuzz a sh silent"
cat >later <<'EOF'
[ -e tried ] && { echo "3 passed, 0 failed"; exit 0; }
touch tried
echo "2 passed, 1 failed"
exit 1
EOF
check "a script test that fails is tried again if asked for, and that shows" 0 'try 2. *3 passed' \
    env TEST_TRIES=2 "$run" "script a sh later"
check "one that fails every time is a failure" 1 '^2 passed, 1 failed$' \
    env TEST_TRIES=2 "$run" "script a sh bad"
rm -f tried
check "a unit test is tried once" 1 '^2 passed, 1 failed$' env TEST_TRIES=2 "$run" "unit a sh later"
rm -f tried
check "without asking a script is tried once" 1 '^2 passed, 1 failed$' env TEST_TRIES=1 "$run" "script a sh later"
check "no tests at all are a failure" 1 '^0 passed, 0 failed$' "$run"

# ---- checks ----------------------------------------------------------------------------------

mkdir tree && cd tree && mkdir core storage http port board tools || exit 1
cp "$top"/tools/check-* tools
{
    printf '# x\n\n## Layers\n\n```\n'
    printf 'port -> http core\nhttp -> storage core\nstorage -> core\ncore ->\nboard -> port\n```\n'
} >README.md
printf '/* SPDX-License-Identifier: MIT */\n#include <stdint.h>\nint assent_a_go(void);\n' >core/a.h
printf '/* SPDX-License-Identifier: MIT */\n' >http/b.h
printf 'all:\nrun: all\n' >Makefile

# layers NAME CODE PATTERN FILE LINE: check-layers on a tree in which FILE has LINE.
layers() {
    name=$1 code=$2 pattern=$3 file=$4
    printf '%s\n' "$5" >"$file"
    check "$name" "$code" "$pattern" tools/check-layers
    rm "$file"
}
layers "a lower layer may be included" 0 '' http/x.c '#include "core/a.h"'
layers "a higher layer may not" 1 'core/x.c:1: core may not include http' core/x.c '#include "http/b.h"'
layers "a neighbour must be named from the top" 1 'not named from the top' core/x.c '#include "a.h"'
layers "a header must exist" 1 'no such file' core/x.c '#include "core/none.h"'
layers "core is freestanding" 1 'not freestanding' core/x.c '#include <stdio.h>'
layers "core may use string.h" 0 '' core/x.c '#include <string.h>'
layers "http has no JSON library" 1 'cJSON belongs' http/x.c '#include <cJSON.h>'
layers "http has no lwIP" 1 'lwIP belongs' http/x.c '#  include <lwip/tcp.h>'
layers "but for its binding" 0 '' http/lwip_x.c '#include "lwip/tcp.h"'
layers "board has no mbedTLS" 1 'mbedTLS belongs' board/x.c '#include <mbedtls/ssl.h>'

# readme NAME CODE PATTERN LINE: check-readme on a document with that line.
readme() {
    printf '%s\n' "$4" >doc.md
    check "$1" "$2" "$3" tools/check-readme doc.md
    rm doc.md
}
readme "what exists may be named" 0 '' 'See `core/a.h`, `assent_a_go`, `make run` and [it](core/a.h).'
readme "a path that does not exist" 1 'doc.md:1: no such path: core/c.h' 'See `core/c.h`.'
readme "a link to nowhere" 1 'no such path: core/c.h' 'See [it](core/c.h).'
readme "a symbol that does not exist" 1 'no symbol: assent_a_stop' 'Call `assent_a_stop()`.'
readme "a target that does not exist" 1 'no target: make fly' 'Run `make fly`.'
readme "a target in a block of code" 1 'no target: make fly' "$(printf '```\n$ make fly X=1\n```')"
readme "URLs and media types are no paths" 0 '' '`/.consent/state` answers `text/html`.'

git init -q . 2>/dev/null
echo /build/ >.gitignore
# files NAME CODE PATTERN FILE CONTENT: check-files on a tree with that file.
files() {
    printf "$5" >"$4"
    check "$1" "$2" "$3" tools/check-files
    rm "$4"
}
files "a clean tree" 0 '' core/x.c '/* SPDX-License-Identifier: MIT */\n'
files "a missing licence line" 1 'x.c:1: no licence' core/x.c 'int x;\n'
files "a tab" 1 'x.c:2: tab' core/x.c '/* SPDX-License-Identifier: MIT */\n\tint x;\n'
files "a blank at the end" 1 'blank at the end' tools/x 'a \n'
files "no line end" 1 'no line end' tools/x 'a'
files "an over-long line" 1 'tools/x:1: 150 columns' tools/x '%0150d\n'
files "the place of the checkout" 1 'names the place' tools/x "cd $(pwd)/core\n"
files "a stranger at the top" 1 'notes: does not belong' notes 'x\n'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
