#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the certificates of a cluster with the openssl command: an authority once, then one certificate per node whose
# subject alternative name is the node's name.
#
#   dev/certs.sh DIRECTORY NODE...      certificates for the nodes, valid for 825 days
#   dev/certs.sh --tests                the committed certificates of Tests/HubTransportTests, bad ones among them
#
# DIRECTORY gets ca.pem and ca.key (kept if they are there) and, per node, NODE.pem and NODE.key. Keep ca.key off the
# nodes. A node is configured with NODE.pem, NODE.key and ca.pem.
set -eu

authority() { # directory, common name, first second, last second
    [ -f "$1/ca.key" ] || issue "$1" ca "$2" "$3" "$4" authority -selfsign
}

node() { # directory, file name, node name, first second, last second
    issue "$1" "$2" "$3" "$4" "$5" node -cert "$1/ca.pem"
}

# Makes NAME.key and NAME.pem by `openssl ca`, because only that can set both dates.
issue() { # directory, file name, subject, first second, last second, extensions, how to sign
    directory=$1 file=$2 subject=$3 first=$4 last=$5 extensions=$6
    shift 6
    work=$(mktemp -d)
    : > "$work/index"
    echo "unique_subject = no" > "$work/index.attr"
    openssl rand -hex 16 > "$work/serial"
    cat > "$work/ca.conf" <<CONF
[ca]
default_ca = here
[here]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
[any]
commonName = optional
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[node]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = DNS:$subject
CONF
    openssl ecparam -name prime256v1 -genkey -noout -out "$directory/$file.key"
    chmod 600 "$directory/$file.key"
    openssl req -new -key "$directory/$file.key" -subj "/CN=ProcessHub $extensions" -out "$work/request.pem"
    openssl ca -batch -notext -config "$work/ca.conf" -extensions "$extensions" -keyfile "$directory/ca.key" "$@" \
        -startdate "$first" -enddate "$last" -in "$work/request.pem" -out "$directory/$file.pem" 2> "$work/log" ||
        { cat "$work/log" >&2; exit 1; }
    rm -rf "$work"
}

from_now() { # seconds
    date -u -d "@$(($(date +%s) + $1))" +%Y%m%d%H%M%SZ 2> /dev/null || date -u -r "$(($(date +%s) + $1))" +%Y%m%d%H%M%SZ
}

case "${1:-}" in
--tests)
    cd "$(dirname "$0")/../Tests/HubTransportTests/Certificates"
    rm -rf ./*.pem ./*.key other
    mkdir other
    authority . tests 20200101000000Z 21200101000000Z
    authority other others 20200101000000Z 21200101000000Z
    for name in a b c; do node . "$name" "$name" 20200101000000Z 21200101000000Z; done
    node . b-expired b 20200101000000Z 20210101000000Z
    node . b-not-yet-valid b 21100101000000Z 21200101000000Z
    node . b-wrong-name x 20200101000000Z 21200101000000Z
    node other b b 20200101000000Z 21200101000000Z
    mv other/b.pem b-wrong-authority.pem
    mv other/b.key b-wrong-authority.key
    mv other/ca.pem other-ca.pem
    # Nothing else is ever issued by these authorities.
    rm -rf other ca.key
    chmod 644 ./*.key
    ;;
"" | -*)
    sed -n '3,12s/^# \{0,1\}//p' "$0"
    exit 64
    ;;
*)
    directory=$1
    shift
    mkdir -p "$directory"
    authority "$directory" cluster "$(from_now -300)" "$(from_now 315360000)"
    for name in "$@"; do
        node "$directory" "$name" "$name" "$(from_now -300)" "$(from_now 71280000)"
        echo "$directory/$name.pem"
    done
    ;;
esac
