#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Real nodes in network namespaces, and what networks and machines do to them: cuts, one-way cuts, kill -9, pauses,
# restarts. After each fault is healed all nodes must agree on one view again; how long that took is printed. Needs root
# and the ip command. A cut is a rule of iptables where that is there, else a route into nowhere.
#
#   dev/cuts.sh [NODES] [PROGRAM]        3 to 7 nodes, 5 by default; PROGRAM is a built phub
#
# Ends with 1 if the nodes did not agree in time: 2 s after a start, a leave, a kill -9 and a restart, 5 s after a fault
# was healed. After more than that the time it really took is still measured, up to 30 s.
set -euo pipefail

count=${1:-5}
here=$(cd "$(dirname "$0")/.." && pwd)
phub=${2:-$here/.build/release/phub}
[[ $count =~ ^[3-7]$ ]] || { echo "NODES: 3 to 7" >&2; exit 64; }
[ "$(id -u)" = 0 ] || { echo "root only: it makes network namespaces" >&2; exit 77; }
[ -x "$phub" ] || { echo "$phub: build it first" >&2; exit 64; }

work=$(mktemp -d)
chmod 700 "$work"
bridge=phub$$
declare -A pids
failed=0

address() { echo "10.77.77.$1"; }
space() { echo "phub$$-$1"; }

cleanup() {
    for index in "${!pids[@]}"; do kill -9 "${pids[$index]}" 2> /dev/null || true; done
    for index in $(seq "$count"); do ip netns del "$(space "$index")" 2> /dev/null || true; done
    ip link del "$bridge" 2> /dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

start() { # node
    ip netns exec "$(space "$1")" "$phub" node --name "n$1" --cluster cuts --listen "$(address "$1"):7946" \
        --seed "$(address 1):7946" --seed "$(address 2):7946" --status "$work/status" \
        --cert "$work/n$1.pem" --key "$work/n$1.key" --ca "$work/ca.pem" --log-level info \
        >> "$work/n$1.out" 2>> "$work/n$1.log" &
    pids[$1]=$!
    disown
}

cut_way() { # from, to: what the first sends to the second is lost
    if command -v iptables > /dev/null; then
        ip netns exec "$(space "$1")" iptables -A OUTPUT -d "$(address "$2")" -j DROP
    else
        ip -n "$(space "$1")" route add blackhole "$(address "$2")/32"
    fi
}

heal_all() {
    for index in $(seq "$count"); do
        if command -v iptables > /dev/null; then
            ip netns exec "$(space "$index")" iptables -F OUTPUT
        else
            for other in $(seq "$count"); do
                ip -n "$(space "$index")" route del blackhole "$(address "$other")/32" 2> /dev/null || true
            done
        fi
    done
}

split() { # nodes of one side; the others are the other side
    for one in "$@"; do
        for other in $(seq "$count"); do
            [[ " $* " == *" $other "* ]] && continue
            cut_way "$one" "$other"
            cut_way "$other" "$one"
        done
    done
}

millis() { date +%s%3N; }

# Waits until all nodes see exactly all nodes, and go on to for a second: what they said before a fault does not count.
agree() { # what happened, in how many seconds at most
    local names start now since verdict
    since=0
    names=$(seq -s ', ' -f 'n%g' "$count")
    start=$(millis)
    while true; do
        now=$(millis)
        "$phub" nodes --status "$work/status" > "$work/shown" 2> /dev/null || true
        if ! grep -qx "one view: $names" "$work/shown" ||
            [ "$(grep -c '^n[0-9] *serving ' "$work/shown")" != "$count" ]; then
            since=0
        elif [ "$since" = 0 ]; then
            since=$now
        elif [ $((now - since)) -ge 1000 ]; then
            verdict=""
            [ $((since - start)) -le $(($2 * 1000)) ] || { verdict="  LATE: more than $2 s"; failed=1; }
            printf '%-52s one view after %6d ms%s\n' "$1" $((since - start)) "$verdict"
            return
        fi
        if [ $((now - start)) -gt 30000 ]; then
            echo "$1: no agreement in 30 s"
            "$phub" nodes --status "$work/status" || true
            tail -n 15 "$work"/n*.log
            failed=1
            return
        fi
        sleep 0.05
    done
}

ip link add "$bridge" type bridge
ip link set "$bridge" up
"$here/dev/certs.sh" "$work" $(seq -f 'n%g' "$count") > /dev/null
for index in $(seq "$count"); do
    ip netns add "$(space "$index")"
    ip link add "v$$-$index" type veth peer name eth0 netns "$(space "$index")"
    ip link set "v$$-$index" master "$bridge" up
    ip -n "$(space "$index")" addr add "$(address "$index")/24" dev eth0
    ip -n "$(space "$index")" link set eth0 up
    ip -n "$(space "$index")" link set lo up
done

for index in $(seq "$count"); do start "$index"; done
agree "$count nodes start" 2

split 1
sleep 10
heal_all
agree "one node cut off for 10 s" 5

split $(seq $((count / 2)))
sleep 12
heal_all
agree "split into $((count / 2)) and $((count - count / 2)) for 12 s" 5

cut_way 1 2
sleep 10
heal_all
agree "what n1 sends to n2 lost for 10 s" 5

for index in $(seq "$count"); do cut_way "$index" $((index % count + 1)); done
sleep 10
heal_all
agree "a ring of one-way cuts for 10 s" 5

for round in 1 2 3 4 5; do split 2; sleep 1; heal_all; sleep 1; done
agree "n2 cut off and healed five times in 10 s" 5

kill -9 "${pids[3]}"
start 3
agree "kill -9 and restart" 2

kill -TERM "${pids[3]}"
while kill -0 "${pids[3]}" 2> /dev/null; do sleep 0.02; done
start 3
agree "left and started again" 2

kill -9 "${pids[2]}" "${pids[3]}"
start 2
start 3
agree "two killed together and restarted" 2

kill -STOP "${pids[2]}"
sleep 10
kill -CONT "${pids[2]}"
agree "one stopped for 10 s" 5

kill -STOP "${pids[1]}" "${pids[2]}"
sleep 10
kill -CONT "${pids[1]}" "${pids[2]}"
agree "two stopped together for 10 s" 5

for index in $(seq "$count"); do kill -STOP "${pids[$index]}"; done
sleep 10
for index in $(seq "$count"); do kill -CONT "${pids[$index]}"; done
agree "all stopped together for 10 s" 5

for round in 1 2 3 4 5 6; do
    index=$((round % count + 1))
    kill -9 "${pids[$index]}"
    start "$index"
    sleep 0.3
done
agree "six kills and restarts in 2 s" 2

for index in $(seq "$count"); do kill -9 "${pids[$index]}"; done
for index in $(seq "$count" -1 1); do start "$index"; done
agree "all killed, started in another order" 2

exit "$failed"
