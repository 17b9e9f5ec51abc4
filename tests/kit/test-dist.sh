#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The integrator's archive: unpacked into an empty folder, a program is built against it by pkg-config and by
# CMake, and runs; its examples build; another target too; twice made it is the same.
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
tools/dist "$version" "${MBEDTLS_DIR:-build/deps/mbedtls}" "$work/again" >"$work/log" 2>&1
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

for cc in gcc clang; do
    # shellcheck disable=SC2046 # flags are split on purpose
    $cc -std=c11 -Wall -Wextra -Werror -o "$work/by-$cc" tests/kit/dist.c \
        $(pkg-config --cflags --libs assent-host) >"$work/log" 2>&1 || cat "$work/log"
    verdict "$(outcome "$work/by-$cc" | head -n 4)" "$expected" "pkg-config, $cc"
done

mkdir "$work/cmake"
cp tests/kit/dist.c "$work/cmake/"
cat >"$work/cmake/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(site C)
find_package(assent 0.1 REQUIRED)
add_executable(site dist.c)
target_link_libraries(site assent::host)
END
{
    cmake -S "$work/cmake" -B "$work/cmake/build" -DCMAKE_PREFIX_PATH="$kit" &&
        cmake --build "$work/cmake/build"
} >"$work/log" 2>&1 || cat "$work/log"
verdict "$(outcome "$work/cmake/build/site" | head -n 4)" "$expected" 'CMake'

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

# For another target, without a change.
make -s -C "$kit" clean >"$work/log" 2>&1
make -s -j2 -C "$kit" CC=arm-none-eabi-gcc AR=arm-none-eabi-ar CFLAGS='-Os -mcpu=cortex-m3 -mthumb' \
    lib/libassent.a >>"$work/log" 2>&1 || cat "$work/log"
verdict "$(arm-none-eabi-nm "$kit/lib/libassent.a" | grep -c ' T assent_kit_')" "$(
    grep -c '^[a-z].* \**assent_kit_[a-z_]*(' "$top/http/kit.c")" 'for Cortex-M3'
finish
