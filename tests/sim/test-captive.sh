#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The recipe of port/captive in network namespaces: a router, the device behind its TAP, visitors, and a web
# server outside. Access is the same after Reject, after Accept and without a choice. Needs root.
set -u

sim=${ASSENT_SIM:-build/sim/test-gcc/assent-sim}
site=procomm-voices.localhost
id=$$
router=cap-r-$id outside=cap-o-$id
work=$(mktemp -d)
pids=
passed=0 failed=0

clean() {
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null
    for ns in "$router" "$outside" "cap-1-$id" "cap-2-$id" "cap-3-$id"; do ip netns del "$ns" 2>/dev/null; done
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

skip() {
    echo "$1: not run"
    echo "0 passed, 0 failed"
    exit 0
}
for command in ip nft curl python3; do
    command -v "$command" >/dev/null || skip "no $command here"
done
[ "$(id -u)" = 0 ] && ip netns add "$router" 2>/dev/null || skip "no network namespaces here"

check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $1: got '$2', expected '$3'"
    fi
}

# link NAMESPACE ADDRESS ROUTER-INTERFACE
link() {
    ip netns add "$1" && ip -n "$router" link add "$3" type veth peer name eth0 netns "$1" &&
        ip -n "$1" addr add "$2/24" dev eth0 && ip -n "$1" link set eth0 up && ip -n "$1" link set lo up &&
        ip -n "$router" link set "$3" up
}

r="ip netns exec $router"
{
    ip -n "$router" link set lo up
    ip -n "$router" link add br-lan type bridge && ip -n "$router" addr add 192.168.7.1/24 dev br-lan
    ip -n "$router" link set br-lan up
    for n in 1 2 3; do
        link "cap-$n-$id" "192.168.7.1$n" "lan$n" && ip -n "$router" link set "lan$n" master br-lan
        ip -n "cap-$n-$id" route add default via 192.168.7.1
    done
    link "$outside" 203.0.113.2 wan && ip -n "$router" addr add 203.0.113.1/24 dev wan
    ip -n "$outside" route add default via 203.0.113.1
    $r sysctl -q -w net.ipv4.ip_forward=1
    $r ip tuntap add tap0 mode tap && ip -n "$router" addr add 10.0.3.2/24 dev tap0
    ip -n "$router" link set tap0 up
} || skip "no TAP or veth here"

run() {
    "$@" >"$work/log" 2>&1 &
    pids="$pids $!"
}
mkdir "$work/www" && echo outside >"$work/www/index.html"
for port in 80 8000; do
    run ip netns exec "$outside" python3 -m http.server $port --bind 203.0.113.2 --directory "$work/www"
done
run $r python3 port/captive/portal.py 10.0.3.2 3000 3001 "http://$site/"
run $r "$sim" --net tap --tap tap0 --https 0 --admin 0 --sites build/policies --upstream procomm-voices=10.0.3.2:3000
$r nft -f port/captive/nftables.conf || exit 1

# visit N ARGUMENTS...: curl of visitor N
visit() {
    visitor=$1
    shift
    ip netns exec "cap-$visitor-$id" curl -s -m 10 -b "$work/jar$visitor" -c "$work/jar$visitor" \
        --resolve "$site:80:10.0.3.15" "$@"
}
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    [ "$(visit 1 -o /dev/null -w '%{http_code}' "http://$site/")" != 200 ] || break
    sleep 1
done

# Outside is there, seen from the router: else nothing below would say anything.
for port in 80 8000; do
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        [ "$($r curl -s -m 5 http://203.0.113.2:$port/)" != outside ] || break
        sleep 1
    done
done

choice_1='{"analytics":false,"advertising":false}'
choice_2='{"analytics":true,"advertising":true}'
for n in 1 2 3; do
    check "visitor $n is led to the portal" \
        "$(visit $n -o /dev/null -w '%{http_code} %{redirect_url}' http://203.0.113.2/)" "302 http://$site/"
    check "visitor $n cannot pass by it" "$(visit $n -o /dev/null -w '%{http_code}' http://203.0.113.2:8000/)" 000
    check "visitor $n cannot reach the page without the gate" \
        "$(visit $n -m 2 -o /dev/null -w '%{http_code}' -X POST http://10.0.3.2:3000/online)" 000
    check "visitor $n sees page and notice" \
        "$(visit $n -H 'Accept: text/html' "http://$site/" | grep -c -e 'Go online' -e 'data-assent-state="ask"')" 2
    eval "choice=\${choice_$n:-}"
    if [ -n "$choice" ]; then
        check "visitor $n chooses" "$(visit $n -o /dev/null -w '%{http_code}' -X PUT -H 'Content-Type: application/json' \
            -d "$choice" "http://$site/.consent/state")" 200
    fi
    visit $n -D "$work/head$n" -o "$work/body$n" -X POST -d '' "http://$site/online"
    check "visitor $n is online" "$(visit $n http://203.0.113.2/)" outside
    check "visitor $n is online with other ports" "$(visit $n http://203.0.113.2:8000/)" outside
done
check "all are admitted for the same time" \
    "$($r nft -j list set inet portal admitted | python3 -c 'import json, sys
sets = [o["set"] for o in json.load(sys.stdin)["nftables"] if "set" in o]
print(sets[0]["timeout"], sorted(e["elem"]["val"] for e in sets[0]["elem"]))')" \
    "43200 ['192.168.7.11', '192.168.7.12', '192.168.7.13']"
check "rejecting and accepting get the same page" \
    "$(grep -o '<h1>.*</h1>' "$work/body1")" "$(grep -o '<h1>.*</h1>' "$work/body2")"
if command -v dnsmasq >/dev/null; then
    check "dnsmasq takes its configuration" "$(dnsmasq --test -C port/captive/dnsmasq.conf 2>&1 | tail -n 1)" \
        "dnsmasq: syntax check OK."
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
