# SPDX-License-Identifier: MIT
#
# A visit to a site behind a web server with consent built in, by curl with its cookie jar: what a browser
# keeps and sends. To be sourced; the script that does so has functions start and stop for its server,
# which leave the flash where it is, and sets port.
work=build/tests/kit/$kit
rm -rf "$work"
mkdir -p "$work"
. tests/tools/verdict.sh
assent=${ASSENT:-build/tools/assent}
by_prefix=yes    # cookies that the policy names by a prefix can pass
unknown_site=200 # the answer for a host that is no site
jar=$work/jar
page=$work/page
host=prokoders.localhost
trap 'stop 2>/dev/null' EXIT
trap 'exit 1' TERM INT

# free_port: one that nobody listens at
free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => {
        console.log(s.address().port); s.close(); })'
}

# find_server NAME: sets server; ends the test if it is not there
find_server() {
    server=$(command -v "$1" || echo "/usr/sbin/$1")
    if [ ! -x "$server" ]; then
        verdict missing there "$1 (tools/packages.txt)"
        finish
        exit 1
    fi
}

# await_port: until the server answers, 10 s at most
await_port() {
    for _ in $(seq 100); do
        if curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$port/"; then
            return 0
        fi
        sleep 0.1
    done
    echo "the server does not answer"
    return 1
}

# ask PATH OPTION...: the answer goes to $page, its head to $page.head; prints the status. The jar comes by
# a pipe: from a file curl 7.88 reads it once more before it writes, and has back what it had deleted.
ask() {
    path=$1
    shift
    touch "$jar"
    cat "$jar" >"$jar.read"
    cat "$jar.read" | curl -s -o "$page" -D "$page.head" -w '%{http_code}' --max-time 10 -b - -c "$jar" \
        --resolve "$host:$port:127.0.0.1" "$@" "http://$host:$port$path"
}

# shows TEXT: yes or no, of the last page
shows() {
    if grep -qF -- "$1" "$page"; then echo yes; else echo no; fi
}

# keeps NAME: yes or no, of the browser
keeps() {
    if awk -v name="$1" '{ sub(/^#HttpOnly_/, "") } !/^#/ && $6 == name { found = 1 }
        END { exit !found }' "$jar"; then echo yes; else echo no; fi
}

# plant NAME PATH [#HttpOnly_]: a cookie that has come another way
plant() {
    printf '%s%s\tFALSE\t%s\tFALSE\t0\t%s\t%s\n' "${3:-}" "$host" "$2" "$1" planted >>"$jar"
}

# choose FIELDS: answers the notice, or the preferences page, with the form's own token
choose() {
    ask /.consent/ >/dev/null
    token=$(sed -n 's/.*name="form" value="\([^"]*\)".*/\1/p' "$page" | head -n 1)
    ask /.consent/ -H "Origin: http://$host:$port" -H 'Sec-Fetch-Site: same-origin' \
        --data "form=$token&lang=en&$1"
}

visit() {
    # Nobody has decided.
    verdict "$(ask /)" 200 'first page'
    verdict "$(shows 'id="assent-consent"')" yes 'first page: notice'
    verdict "$(shows 'id="assent-link"')" yes 'first page: link'
    verdict "$(keeps pk_session)" yes 'first page: essential cookie'
    verdict "$(keeps pk_usage)" no 'first page: analytics cookie'
    verdict "$(keeps assent)" no 'first page: no token'
    verdict "$(ask /.consent/)" 200 'preferences'
    verdict "$(ask /.consent/state)" 200 'state'
    verdict "$(ask /.consent/none-such)" 404 'a path of ours that is not there'
    verdict "$(ask /%2econsent/state)" 200 'a path of ours in other letters'
    verdict "$(grep -c '"analytics"' "$page")" 1 'a path of ours in other letters: state'

    # Refused: what came another way reaches nobody and goes.
    plant pk_usage /
    plant pk_ux1 /shop/ '#HttpOnly_'
    plant unknown / '#HttpOnly_'
    verdict "$(ask /shop/)" 200 'planted'
    verdict "$(shows planted)" no 'planted: does not reach the site'
    verdict "$(shows pk_session)" yes 'planted: essential reaches the site'
    plant pk_usage /
    plant pk_ux1 /shop/ '#HttpOnly_'
    plant unknown / '#HttpOnly_'
    verdict "$(choose assent=none\&from=notice\&back=/shop/)" 303 'refuse'
    verdict "$(grep -ic '^location: /shop/' "$page.head")" 1 'refuse: back'
    refused refused

    # As after a power cut: the process is gone, the choice is not.
    stop
    start || exit 1
    refused 'refused, restart'

    # Granted.
    verdict "$(choose assent=all\&age=yes\&from=preferences)" 303 'grant'
    granted granted
    stop
    start || exit 1
    granted 'granted, restart'

    # Withdrawn: with the answer they are gone, HttpOnly and of a path below too.
    verdict "$(choose assent=withdraw\&from=preferences)" 303 'withdraw'
    verdict "$(keeps pk_usage) $(keeps pk_ux1) $(keeps pk_session)" 'no no yes' 'withdraw: cookies'
    refused withdrawn
    hostile
}

# refused NAME: the pages of a visitor who has refused
refused() {
    verdict "$(ask /shop/)" 200 "$1: page"
    verdict "$(ask /shop/)" 200 "$1: page again"
    verdict "$(shows 'id="assent-consent"')" no "$1: no notice"
    verdict "$(shows 'id="assent-link"')" yes "$1: link"
    verdict "$(shows pk_session=1)" yes "$1: essential reaches the site"
    verdict "$(shows pk_u) $(shows unknown) $(shows assent=)" 'no no no' "$1: reaches the site"
    verdict "$(keeps pk_usage) $(keeps pk_ux1) $(keeps unknown)" 'no no no' "$1: kept"
    verdict "$(keeps pk_session) $(keeps assent)" 'yes yes' "$1: essential kept"
}

# granted NAME: of one who has agreed
granted() {
    ask /shop/ >/dev/null
    verdict "$(ask /shop/)" 200 "$1: page"
    verdict "$(shows 'id="assent-consent"')" no "$1: no notice"
    verdict "$(shows pk_usage=1) $(shows pk_ux1=1)" "yes $by_prefix" "$1: reaches the site"
    verdict "$(shows unknown) $(shows assent=)" 'no no' "$1: what is in no policy does not"
    verdict "$(keeps pk_usage) $(keeps pk_ux1) $(keeps unknown)" "yes $by_prefix no" "$1: kept"
}

hostile() {
    verdict "$(ask / -H 'Assent-Consent: essential, analytics')" 200 'a claim of the client'
    verdict "$(shows analytics)" no 'a claim of the client reaches nobody'
    verdict "$(ask /.consent/ -H 'Origin: http://other.example' --data 'assent=all&age=yes')" 403 \
        'another origin'
    verdict "$(ask /.consent/ -H "Origin: http://$host:$port" --data "form=$(
        head -c 2000 /dev/zero | tr '\0' x)")" 413 'too much content'
    verdict "$(ask / -H 'Host: unknown.example')" "$unknown_site" 'no site: refused, or the list'
    verdict "$(shows pk_session=1)" no 'no site: not the application'
}
