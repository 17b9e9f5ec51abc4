#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The gateway beside nginx as reverse proxy with one worker, in front of the same application (nginx with
# files of 1 KiB and 100 MB): requests per second, 99th percentile, processor time of the proxy for a
# request, MB/s and memory while 100 MB pass. Over libslirp; with root and a TAP device over TAP too.
#   BENCH_SECONDS=2 BENCH_ROUNDS=2   the best of so many rounds counts; the machine may be busy
set -eu

seconds=${BENCH_SECONDS:-2}
rounds=${BENCH_ROUNDS:-2}
sim=build/tools/assent-sim
out=$PWD/build/bench/relay
port=$((20000 + $$ % 20000))
app=$((port + 1)) proxy=$((port + 2)) gate=$((port + 3))
pids= ns=assent-relay-$$
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

# run PREFIX...: nginx by name, within a namespace or not
start() {
    "$@" >"$out/log" 2>&1 &
    last=$!
    pids="$pids $last"
    sleep 0.7
}

ticks() {
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

# load PID CLIENTS URL HOST [PREFIX...]
load() {
    pid=$1 clients=$2 url=$3 host=$4
    shift 4
    before=$(ticks "$pid")
    "$@" wrk -t1 -c"$clients" -d"${seconds}s" --timeout 5s --latency -H "Host: $host" -H 'Accept: text/plain' "$url" >"$out/wrk" 2>&1 || true
    after=$(ticks "$pid")
    awk -v ticks="$((after - before))" -f tests/bench/wrk.awk "$out/wrk"
}

best() {
    for _ in $(seq "$rounds"); do load "$@"; done | sort -rn | head -n 1
}

# large PID URL HOST [PREFIX...]: MB/s and resident KiB before and after 100 MB
large() {
    pid=$1 url=$2 host=$3
    shift 3
    "$@" curl -s -o /dev/null -H "Host: $host" "$url/1k"
    before=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
    speed=$("$@" curl -s -o /dev/null -w '%{speed_download} %{size_download}' -m 60 -H "Host: $host" "$url/100m")
    after=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
    echo "$speed $before $after" | awk '{ printf "%d MB/s, %d bytes, resident %d -> %d KiB\n", $1 / 1e6, $2, $3, $4 }'
}

# compare TITLE GATE-PID GATE-URL NGINX-PID NGINX-URL [PREFIX...]
compare() {
    title=$1 gpid=$2 gurl=$3 npid=$4 nurl=$5
    shift 5
    echo "== relay of 1 KiB, $title: requests/s, 99 %, us of processor a request, errors"
    for clients in 1 16 64; do
        ours=$(best "$gpid" "$clients" "$gurl/1k" selfmento.localhost "$@")
        theirs=$(best "$npid" "$clients" "$nurl/1k" localhost "$@")
        echo "$clients clients: gateway $ours | nginx $theirs" | awk '{ printf "%s | %.2f of nginx\n", $0, $4 / $10 }'
    done
    echo "== 100 MB, $title"
    echo "gateway: $(large "$gpid" "$gurl" selfmento.localhost "$@")"
    echo "nginx: $(large "$npid" "$nurl" localhost "$@")"
}

# stand ADDRESS [PREFIX...]: application and nginx
stand() {
    address=$1
    shift
    nginx_conf app "root $out/www;" "$app" "$address"
    nginx_conf proxy "proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\";" "$proxy" "$address"
    start "$@" nginx -e "$out/app.errors" -c "$out/app.conf"
    start "$@" nginx -e "$out/proxy.errors" -c "$out/proxy.conf"
    nginx_pid=$(cat "$out/proxy.pid")
}

stand 127.0.0.1
start "$sim" --http "$gate" --https 0 --admin 0 --sites build/policies --upstream "selfmento=127.0.0.1:$app"
compare "over libslirp" "$last" "http://127.0.0.1:$gate" "$nginx_pid" "http://127.0.0.1:$proxy"
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
        # shellcheck disable=SC2086
        start $within "$sim" --net tap --tap tap0 --https 0 --admin 0 --sites build/policies --upstream "selfmento=10.0.3.2:$app"
        # shellcheck disable=SC2086
        compare "over TAP" "$last" "http://10.0.3.15" "$nginx_pid" "http://10.0.3.2:$proxy" $within
    else
        echo "no TAP device here"
    fi
fi
