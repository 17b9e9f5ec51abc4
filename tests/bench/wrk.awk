# SPDX-License-Identifier: MIT
#
# What wrk --latency printed, in a line: requests/s, p99, microseconds of processor a request, errors.
# ticks: hundredths of a second that the server took meanwhile.
/99%/ { p99 = $2 }
/requests in/ { requests = $1 }
/Requests\/sec/ { rate = $2 }
/Socket errors/ { gsub(",", ""); errors += $4 + $6 + $8 + $10 }
/Non-2xx/ { errors += $NF }
END { printf "%d %s %.1f %d\n", rate, p99, requests ? ticks * 10000 / requests : 0, errors }
