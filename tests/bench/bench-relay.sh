#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The gateway beside nginx as reverse proxy with one worker, in front of the same application (nginx with
# files of 1 KiB and 100 MB): requests per second, 99th percentile, processor time of the proxy for a
# request and its instructions, MB/s and memory while 100 MB pass. Over libslirp; with root over TAP too.
#   BENCH_SECONDS=1 BENCH_ROUNDS=9   of each measurement; one round of ours and one of nginx's in turn, so
#                                    that both find the machine alike. What counts is the median of the
#                                    rounds' ratios; it is given with the quartiles.
# Fails if over TAP that median is below a half for any number of clients, or if memory grows with a body.
set -eu

seconds=${BENCH_SECONDS:-1}
rounds=${BENCH_ROUNDS:-9}
sim=build/tools/assent-sim
out=$PWD/build/bench/relay
port=$((20000 + $$ % 20000))
app=$((port + 1)) proxy=$((port + 2)) gate=$((port + 3))
pids= ns=assent-relay-$$ failed=0
command -v nginx >/dev/null || { echo "no nginx here: not run"; exit 0; }
rm -rf "$out"
mkdir -p "$out/www"
# shellcheck disable=SC2086
trap '[ -z "$pids" ] || kill $pids 2>/dev/null || true; ip netns del "$ns" 2>/dev/null || true' EXIT
trap 'exit 1' INT TERM
head -c 1024 /dev/zero | tr '\0' x >"$out/www/1k"
head -c 100000000 /dev/zero >"$out/www/100m"

# nginx_conf NAME LOCATION PORT ADDRESS
nginx_conf() {
    cat >"$out/$1.conf" <<END
daemon off; master_process off; worker_processes 1; pid $out/$1.pid; error_log $out/$1.errors;
events { worker_connections 512; }
http { access_log off; keepalive_requests 1000000; sendfile on;
client_body_temp_path $out/a; proxy_temp_path $out/b; fastcgi_temp_path $out/c; uwsgi_temp_path $out/d; scgi_temp_path $out/e;
upstream app { server $4:$app; keepalive 64; keepalive_requests 1000000; }
server { listen $4:$3; location / { $2 } } }
END
}

# start PROGRAM…: within a namespace or not
start() {
    "$@" >"$out/log" 2>&1 &
    last=$!
    pids="$pids $last"
    sleep 0.7
}

stop() {
    kill "$last"
    wait "$last" 2>/dev/null || true
}

# Nanoseconds on a processor so far; hundredths of a second would be too coarse for short rounds.
cpu_ns() {
    cut -d ' ' -f 1 "/proc/$1/schedstat"
}

# load PID CLIENTS URL HOST [PREFIX…]: as tests/bench/wrk.awk prints it
load() {
    pid=$1 clients=$2 url=$3 host=$4
    shift 4
    before=$(cpu_ns "$pid")
    "$@" wrk -t1 -c"$clients" -d"${seconds}s" --timeout 5s --latency -H "Host: $host" -H 'Accept: text/plain' "$url" >"$out/wrk" 2>&1 || true
    awk -v ticks="$((($(cpu_ns "$pid") - before) / 10000000))" -f tests/bench/wrk.awk "$out/wrk"
}

# middle COLUMN FILE: median of a column
middle() {
    awk -v column="$1" '{ print $column }' "$2" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# ratios FILE COLUMN COLUMN: median and quartiles of one column by the other
ratios() {
    awk -v a="$2" -v b="$3" '$b > 0 { print $a / $b }' "$1" | sort -g |
        awk '{ v[NR] = $1 } END { printf "%.2f (%.2f to %.2f)\n", v[int((NR + 1) / 2)], v[int((NR + 3) / 4)], v[int((3 * NR + 1) / 4)] }'
}

# compare TITLE GATE-PID GATE-URL NGINX-PID NGINX-URL [PREFIX…]
compare() {
    title=$1 gpid=$2 gurl=$3 npid=$4 nurl=$5
    shift 5
    echo "== relay of 1 KiB, $title; medians of $rounds rounds in turn"
    for clients in 1 16 64; do
        : >"$out/rounds"
        for _ in $(seq "$rounds"); do
            ours=$(load "$gpid" "$clients" "$gurl/1k" selfmento.localhost "$@")
            theirs=$(load "$npid" "$clients" "$nurl/1k" localhost "$@")
            echo "$ours $theirs" >>"$out/rounds"
        done
        rate=$(ratios "$out/rounds" 1 5)
        echo "$clients clients: gateway $(middle 1 "$out/rounds")/s, $(middle 3 "$out/rounds") us of processor a request |" \
            "nginx $(middle 5 "$out/rounds")/s, $(middle 7 "$out/rounds") us | requests/s $rate of nginx," \
            "processor $(ratios "$out/rounds" 3 7) | errors $(middle 4 "$out/rounds") and $(middle 8 "$out/rounds")"
        [ "$title" != "over TAP" ] || [ "$(echo "$rate" | awk '{ print ($1 >= 0.5) }')" = 1 ] || failed=1
    done
}

# resident PID
resident() {
    awk '/VmRSS/ { print $2 }' "/proc/$1/status"
}

# fetch PID URL HOST [PREFIX…]: MB/s, ms of processor, KiB of memory that it cost
fetch() {
    pid=$1 url=$2 host=$3
    shift 3
    "$@" curl -s -o /dev/null -H "Host: $host" "$url/1k"
    memory=$(resident "$pid") before=$(cpu_ns "$pid")
    speed=$("$@" curl -s -o /dev/null -w '%{speed_download} %{size_download}' -m 60 -H "Host: $host" "$url/100m")
    echo "$speed $((($(cpu_ns "$pid") - before) / 1000000)) $(($(resident "$pid") - memory))" |
        awk '{ print $2 == 100000000 ? $1 / 1e6 : 0, $3, $4 }'
}

# large TITLE GATE-PID GATE-URL NGINX-PID NGINX-URL [PREFIX…]: 100 MB
large() {
    title=$1 gpid=$2 gurl=$3 npid=$4 nurl=$5
    shift 5
    : >"$out/rounds"
    fetch "$gpid" "$gurl" selfmento.localhost "$@" >/dev/null # every page it will ever touch has been touched
    for _ in 1 2 3 4 5; do
        ours=$(fetch "$gpid" "$gurl" selfmento.localhost "$@")
        echo "$ours $(fetch "$npid" "$nurl" localhost "$@")" >>"$out/rounds"
    done
    grown=$(awk '{ print $3 }' "$out/rounds" | sort -g | tail -n 1)
    echo "100 MB, $title: gateway $(middle 1 "$out/rounds") MB/s, $(middle 2 "$out/rounds") ms of processor, memory $grown KiB more at most |" \
        "nginx $(middle 4 "$out/rounds") MB/s, $(middle 5 "$out/rounds") ms | MB/s $(ratios "$out/rounds" 1 4) of nginx"
    # A page here or there is the kernel's business.
    [ "$grown" -le 64 ] || failed=1
}

# stand ADDRESS [PREFIX…]: application and nginx
stand() {
    address=$1
    shift
    nginx_conf app "root $out/www;" "$app" "$address"
    nginx_conf proxy "proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\";" "$proxy" "$address"
    start "$@" nginx -e "$out/app.errors" -c "$out/app.conf"
    start "$@" nginx -e "$out/proxy.errors" -c "$out/proxy.conf"
    nginx_pid=$(cat "$out/proxy.pid")
}

# counted URL HOST PROGRAM…: instructions of a program, outside the kernel, for one request of a thousand
counted() {
    url=$1 host=$2
    shift 2
    for requests in 200 1200; do
        start valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$out/callgrind" "$@"
        for _ in $(seq 60); do
            [ "$(curl -s -o /dev/null -w '%{http_code}' -m 5 -H "Host: $host" "$url/1k")" != 200 ] || break
            sleep 0.5
        done
        curl -s -o /dev/null -w '%{http_code}\n' -H "Host: $host" -H 'Accept: text/plain' "$url/1k?[1-$requests]" |
            grep -cx 200 >"$out/answered"
        [ "$(cat "$out/answered")" = "$requests" ] || echo "bench-relay: $(cat "$out/answered") of $requests answered" >&2
        stop
        awk '/Collected/ { print $4 }' "$out/callgrind"
    done | awk '{ v[NR] = $1 } END { printf "%d", (v[2] - v[1]) / 1000 }'
}

gateway() {
    echo "$sim --https 0 --admin 0 --sites build/policies --upstream selfmento=$1:$app"
}

stand 127.0.0.1
# shellcheck disable=SC2046
start $(gateway 127.0.0.1) --http "$gate"
compare "over libslirp" "$last" "http://127.0.0.1:$gate" "$nginx_pid" "http://127.0.0.1:$proxy"
large "over libslirp" "$last" "http://127.0.0.1:$gate" "$nginx_pid" "http://127.0.0.1:$proxy"
stop
if command -v valgrind >/dev/null; then
    kill "$nginx_pid"
    sleep 0.3
    # shellcheck disable=SC2046
    ours=$(counted "http://127.0.0.1:$gate" selfmento.localhost $(gateway 127.0.0.1) --http "$gate")
    theirs=$(counted "http://127.0.0.1:$proxy" localhost nginx -e "$out/proxy.errors" -c "$out/proxy.conf")
    echo "instructions a request outside the kernel, of callgrind: gateway with its TCP/IP and libslirp $ours, nginx $theirs"
fi
# shellcheck disable=SC2086
kill $pids 2>/dev/null || true
pids=

if [ "$(id -u)" = 0 ] && ip netns add "$ns" 2>/dev/null; then
    within="ip netns exec $ns"
    $within ip link set lo up
    if $within ip tuntap add tap0 mode tap 2>/dev/null; then
        $within ip addr add 10.0.3.2/24 dev tap0
        $within ip link set tap0 up
        sleep 0.5
        # shellcheck disable=SC2086
        stand 10.0.3.2 $within
        # shellcheck disable=SC2046,SC2086
        start $within $(gateway 10.0.3.2) --net tap --tap tap0
        # shellcheck disable=SC2086
        compare "over TAP" "$last" "http://10.0.3.15" "$nginx_pid" "http://10.0.3.2:$proxy" $within
        # shellcheck disable=SC2086
        large "over TAP" "$last" "http://10.0.3.15" "$nginx_pid" "http://10.0.3.2:$proxy" $within
    else
        echo "no TAP device here"
    fi
fi
[ "$failed" = 0 ] || echo "bench-relay: below a half of nginx over TAP, or memory that grows"
exit "$failed"
