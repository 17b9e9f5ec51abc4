#!/bin/sh
# SPDX-License-Identifier: MIT
#
# assent cookie parse and parse-set, from outside: what goes in, what comes out, exit codes.
set -u

assent=${ASSENT:-build/tools/assent}
work=build/tests/cookie
mkdir -p "$work"
passed=0
failed=0

[ -x "$assent" ] || {
    echo "test-cookie: $assent is not there; make tools builds it" >&2
    exit 1
}

verdict() {
    if [ "$1" = "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n  got      %s\n  expected %s\n' "$3" "$1" "$2"
    fi
}

# check NAME COMMAND INPUT EXPECTED: INPUT is a format of printf
check() {
    # shellcheck disable=SC2059 # the input is a format
    verdict "$(printf "$3" | "$assent" cookie "$2" 2>&1)" "$4" "$1"
}

check 'pairs in order' parse 'a=b; c=d;e=f\n' \
    '[{"name":"a","value":"b"},{"name":"c","value":"d"},{"name":"e","value":"f"}]'
check 'a pair without a name' parse 'x; =y\n' '[{"name":"","value":"x"},{"name":"","value":"y"}]'
check 'an empty line' parse '\n' '[]'
check 'no input' parse '' ''
check 'a last line without an end' parse 'a=1\nb=2' '[{"name":"a","value":"1"}]
[{"name":"b","value":"2"}]'
check 'CRLF ends a line' parse 'a=1\r\n' '[{"name":"a","value":"1"}]'
check 'quotes belong to the value' parse 'a="b"\n' '[{"name":"a","value":"\"b\""}]'
check 'UTF-8 as it is' parse 'a=\303\244\n' '[{"name":"a","value":"ä"}]'
check 'other bytes also as base64url' parse 'a=\377;\376=b\n' \
    '[{"name":"a","value":"�","value_base64url":"_w"},{"name":"�","name_base64url":"_g","value":"b"}]'
check 'NUL and control characters' parse 'a=\000\001\t\n' '[{"name":"a","value":"\u0000\u0001"}]'

field='a=b; Domain=.X.com; Path=/y; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=-5'
json='{"name":"a","value":"b","domain":"x.com","path":"/y","expires":"1994-11-06T08:49:37Z","max_age":-5'
check 'every attribute' parse-set "$field; Secure; HttpOnly; SameSite=lax; Partitioned\\n" \
    "$json"',"secure":true,"http_only":true,"same_site":"Lax","partitioned":true}'
none='"domain":null,"path":null,"expires":null,"max_age":null'
flags='"secure":false,"http_only":false,"same_site":null,"partitioned":false}'
most=$none
none=$none,$flags
check 'no attribute' parse-set 'a=b\n' '{"name":"a","value":"b",'"$none"
check 'ignored attributes' parse-set 'a=b; Domain=; Path=x; Expires=x; Max-Age=x; SameSite=x; X\n' \
    '{"name":"a","value":"b",'"$none"
check 'a control character' parse-set 'a=b\001\n' '{"error":"a control character"}'
check 'neither name nor value' parse-set '=\n' '{"error":"neither a name nor a value"}'
check 'errors do not end the stream' parse-set '\na=b\n' '{"error":"neither a name nor a value"}
{"name":"a","value":"b",'"$none"
check 'saturated Max-Age' parse-set 'a=b; max-age=-99999999999999999999\n' \
    '{"name":"a","value":"b",'"${most%null}-9223372036854775807,$flags"

long=$(head -c 4096 /dev/zero | tr '\0' v)
verdict "$(printf 'a=%s\n' "$long" | $assent cookie parse-set)" \
    '{"error":"name and value are longer than 4096 bytes"}' 'one byte over the limit'

# Lines longer than any buffer, and many lines; the sum of what comes out is known.
head -c 3000000 /dev/zero | tr '\0' ';' >"$work/long"
printf 'a=1\nb=' >>"$work/long"
head -c 3000000 /dev/zero | tr '\0' '"' >>"$work/long"
$assent cookie parse <"$work/long" >"$work/long.out"
verdict "$(wc -l <"$work/long.out") $(wc -c <"$work/long.out")" "2 6000053" 'lines of megabytes'
verdict "$(head -n 1 "$work/long.out")" '[{"name":"a","value":"1"}]' 'a long line of nothing much'

i=0
printf 'sid=31d4d96e407aad42; theme=dark\n' >"$work/many"
while [ $i -lt 14 ]; do
    cat "$work/many" "$work/many" >"$work/more"
    mv "$work/more" "$work/many"
    i=$((i + 1))
done
verdict "$($assent cookie parse <"$work/many" | sort | uniq -c | sed 's/^ *//')" \
    '16384 [{"name":"sid","value":"31d4d96e407aad42"},{"name":"theme","value":"dark"}]' \
    'many lines'

# Answers come before the input ends.
rm -f "$work/pipe" "$work/pipe.out"
mkfifo "$work/pipe"
$assent cookie parse <"$work/pipe" >"$work/pipe.out" &
child=$!
exec 9>"$work/pipe"
printf 'a=1\nb' >&9
tries=0
while [ ! -s "$work/pipe.out" ] && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
verdict "$(cat "$work/pipe.out")" '[{"name":"a","value":"1"}]' 'an answer while input is open'
printf '=2\n' >&9
exec 9>&-
wait $child
verdict "$? $(tail -n 1 "$work/pipe.out")" '0 [{"name":"b","value":"2"}]' 'a line in two pieces'

# Use: exit code, and one line on stderr that names the place.
use() {
    name=$1 code=$2 expected=$3
    shift 3
    "$assent" "$@" </dev/null >"$work/out" 2>"$work/err"
    verdict "$? $(cat "$work/err")" "$code $expected" "$name"
}

use 'no command' 2 'assent: a command is missing; see assent --help'
use 'unknown command' 2 "assent: unknown command 'x'; see assent --help" x
use 'unknown subcommand' 2 "assent cookie: unknown command 'x'; see assent cookie --help" cookie x
use 'missing subcommand' 2 'assent cookie: a command is missing; see assent cookie --help' cookie
use 'an argument too many' 2 \
    "assent cookie parse: unexpected argument 'x'; see assent cookie parse --help" cookie parse x
use 'an unknown option' 2 \
    "assent cookie parse-set: unknown option '--x'; see assent cookie parse-set --help" \
    cookie parse-set --x
for words in '' 'cookie' 'cookie parse' 'cookie parse-set'; do
    # shellcheck disable=SC2086 # words are split on purpose
    use "help: $words" 0 '' $words --help
    verdict "$(head -n 1 "$work/out" | cut -c 1-13)" 'usage: assent' "usage line: $words"
done
# What help says of the two stages at which browsers refuse a cookie is what happens.
"$assent" cookie parse-set --help | grep -q 's\. 5\.7: the prefixes __Host- and __Secure-'
verdict $? 0 'help names what is judged on storing'
verdict "$(printf '__Host-a=b; Secure\n' | "$assent" cookie parse-set | cut -d, -f1-4)" \
    '{"name":"__Host-a","value":"b","domain":null,"path":null' 'a prefix that is not kept is still read'
# The README lists every subcommand, and none that is not there.
sed -n '/^assent [a-z]* [a-z]/{s/  .*//;p;}' README.md >"$work/lines"
for command in cookie gate page policy store audit token; do
    verdict "$(sed -n "s/^assent $command //p" "$work/lines" | tr -d '|' | tr -s ' ' '\n' | sort | paste -sd' ')" \
        "$("$assent" $command --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | sort | paste -sd' ')" \
        "README.md lists the commands of assent $command"
done
"$assent" cookie parse <"$work" >"$work/out" 2>"$work/err"
verdict "$? $(cut -d : -f 1-2 "$work/err")" '1 assent cookie parse: standard input' 'unreadable input'
if [ -w /dev/full ]; then
    printf 'a=1\n' | "$assent" cookie parse >/dev/full 2>"$work/err"
    verdict "$? $(cut -d : -f 1-2 "$work/err")" '1 assent cookie parse: standard output' 'a full disk'
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
