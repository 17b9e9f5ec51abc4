#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A site on plain CGI that knows nothing of consent: it shows the cookies that reach it, and sets its own.
printf 'Content-Type: text/html; charset=utf-8\r\n'
printf 'Set-Cookie: pk_session=1; Path=/; HttpOnly\r\n'
printf 'Set-Cookie: pk_usage=1; Path=/; Max-Age=86400\n'
printf 'Set-Cookie: unknown=1; Path=/; HttpOnly\r\n'
case $REQUEST_URI in
/shop/*) printf 'Set-Cookie: pk_ux1=1; Path=/shop/; Max-Age=86400; HttpOnly\r\n' ;;
esac
printf 'ETag: "1"\r\n\r\n<!doctype html>\n<title>Site</title>\n<body>\n<h1>Site</h1>\n'
printf '<p>cookies: %s</p>\n<p>allowed: %s</p>\n' "${HTTP_COOKIE:-}" "${HTTP_ASSENT_CONSENT:-}"
if [ "$REQUEST_METHOD" = POST ]; then
    printf '<p>content: %s</p>\n' "$(head -c "${CONTENT_LENGTH:-0}")"
fi
