#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Requests per second, 99th percentile and processor time of a page of 1 KiB: ours beside lwIP's own httpd
# in the same harness, over libslirp and, with root, over TAP in a network namespace; CivetWeb on the
# kernel's sockets for orientation. TLS handshakes per second. Static memory of 64 connections.
#   BENCH_SECONDS=2 BENCH_ROUNDS=2   the best of so many rounds counts; the machine may be busy
set -eu

seconds=${BENCH_SECONDS:-2}
rounds=${BENCH_ROUNDS:-2}
lwip=${LWIP_DIR:-build/deps/lwip}
sim=build/tools/assent-sim
out=build/bench
port=$((20000 + $$ % 20000))
mkdir -p "$out"
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true' EXIT
trap 'exit 1' INT TERM

build_peers() {
    gcc -O2 -g -std=c11 -D_DEFAULT_SOURCE -I. -Iport/lwip/sim -Iport/lwip -isystem "$lwip/src/include" -w \
        -DLWIP_HTTPD_CUSTOM_FILES=1 -DLWIP_HTTPD_SUPPORT_11_KEEPALIVE=1 \
        -o "$out/peer_lwip_httpd" tests/bench/peer_lwip_httpd.c "$lwip/src/apps/http/httpd.c" \
        "$lwip/src/apps/http/fs.c" build/sim/host/board/sim/options.o build/sim/host/libnet.a build/sim/host/libassent.a -lslirp
    gcc -O2 -g -std=c11 -D_DEFAULT_SOURCE -w -o "$out/peer_civetweb" tests/bench/peer_civetweb.c -lcivetweb
}

# start PROGRAM…: run it and wait until it says that it is ready.
start() {
    : >"$out/ready"
    "$@" >"$out/ready" 2>"$out/errors" &
    pid=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ ! -s "$out/ready" ] || return 0
        sleep 0.1
    done
    cat "$out/errors" >&2
    return 1
}

stop() {
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    pid=
}

ticks() {
    sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'
}

# load CLIENTS URL [wrk options]: prints "requests/s p99 microseconds-of-processor-per-request errors"
load() {
    clients=$1 url=$2
    shift 2
    before=$(ticks)
    wrk -t1 -c"$clients" -d"${seconds}s" --timeout 5s --latency "$@" "$url" >"$out/wrk" 2>&1 || true
    after=$(ticks)
    awk -v ticks="$((after - before))" -f tests/bench/wrk.awk "$out/wrk"
}

# best CLIENTS URL [options]: the best of some rounds
best() {
    for _ in $(seq "$rounds"); do load "$@"; done | sort -rn | head -n 1
}

# measure LABEL URL: keep-alive and one connection a request, with 1, 8 and 64 clients
measure() {
    for kind in keep-alive close; do
        for clients in 1 8 64; do
            # wrk closes when asked to by the field; lwIP's httpd keeps only when asked to.
            set -- "$1" "$2" $(best "$clients" "$2" -H "Connection: $kind")
            echo "$1|$kind|$clients|$3|$4|$5|$6"
        done
    done
}

table() {
    awk -F '|' '
        BEGIN {
            print "| network | server | connections | clients | requests/s | p99 | CPU us/request | errors |"
            print "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"
        }
        { printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6, $7, $8 }
        { rate[$1, $2, $3, $4] = $5; time[$1, $2, $3, $4] = $7; networks[$1]; kinds[$3]; counts[$4] }
        END {
            for (n in networks) for (k in kinds) for (c in counts)
                if ((n, "lwIP httpd", k, c) in rate && rate[n, "lwIP httpd", k, c] > 0)
                    printf "%s %s %s clients: %.2f x lwIP httpd, with %.2f x its processor time a request\n", n, k, c, \
                        rate[n, "assent", k, c] / rate[n, "lwIP httpd", k, c], \
                        time[n, "assent", k, c] / (time[n, "lwIP httpd", k, c] + 0.01) | "sort"
        }' "$@"
}

policy=
[ ! -f build/policies/prointerview.img ] || policy="--policy build/policies/prointerview.img"

over_slirp() {
    # shellcheck disable=SC2086
    start "$sim" --http "$port" --https 0 --admin 0 $policy
    measure "libslirp|assent" "http://127.0.0.1:$port/"
    stop
    start "$out/peer_lwip_httpd" --http "$port"
    measure "libslirp|lwIP httpd" "http://127.0.0.1:$port/"
    stop
    start "$out/peer_civetweb" "$port"
    measure "kernel|CivetWeb" "http://127.0.0.1:$port/"
    stop
}

# Within a network namespace of its own: see below.
over_tap() {
    ip link set lo up
    for server in assent "lwIP httpd"; do
        # shellcheck disable=SC2086
        if [ "$server" = assent ]; then
            start "$sim" --net tap --tap assent0 --https 0 --admin 0 $policy
        else
            start "$out/peer_lwip_httpd" --net tap --tap assent0
        fi
        ip addr add 10.0.3.2/24 dev assent0
        ip link set assent0 up
        sleep 0.3
        measure "TAP|$server" "http://10.0.3.15/"
        stop
    done
}

if [ "${1:-}" = --tap ]; then
    over_tap
    exit 0
fi

[ -x "$sim" ] || { echo "bench-http: $sim is missing: make tools" >&2; exit 1; }
build_peers
echo "== a page of 1 KiB"
over_slirp >"$out/http"
if [ "$(id -u)" -eq 0 ] && [ -c /dev/net/tun ] && unshare -n true 2>/dev/null; then
    unshare -n sh "$0" --tap >>"$out/http"
else
    echo "bench-http: no root: nothing is measured over TAP" >&2
fi
table "$out/http"

echo "== HTTPS"
start "$sim" --http "$port" --https "$((port + 1))" --admin 0
# shellcheck disable=SC2046
set -- $(best 8 "https://127.0.0.1:$((port + 1))/")
echo "keep-alive, 8 clients: $1 requests/s, p99 $2, $3 us of processor a request"
# shellcheck disable=SC2046
set -- $(best 8 "https://127.0.0.1:$((port + 1))/" -H "Connection: close")
echo "full handshakes (TLS 1.3), 8 clients: $1 a second, $3 us of processor each"
for reuse in -new -reuse; do
    openssl s_time -connect "127.0.0.1:$((port + 1))" -www / -time "$seconds" "$reuse" -tls1_2 2>&1 |
        awk -v kind="$reuse" '/connections in .* real seconds/ { printf "openssl s_time %s, TLS 1.2, one client: %d handshakes a second\n", kind, $1 / $4 }'
done
stop

echo "== static memory for 64 connections, bytes (limit 262144)"
nm -S --size-sort "$sim" | awk '
    function bytes(hex,   i, n) {
        for (i = 1; i <= length(hex); i++) n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
        return n
    }
    $4 ~ /^memp_memory_|^ram_heap$/ { sum += bytes($2) }
    END { print sum }' >"$out/lwip_bytes"
"$sim" --memory | awk -v lwip="$(cat "$out/lwip_bytes")" '
    { print; sum += /for applications/ ? -$NF : $NF } # the gateway has 64 connections of its own
    END { print "lwIP pools and heap " lwip; print "sum " sum + lwip; exit sum + lwip > 262144 }'
