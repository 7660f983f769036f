#!/bin/bash
# One monitor, one disk (a sparse file of 64 GiB) and Ceph's S3 gateway on port 9000; everything in /data.
set -euo pipefail
data=/data
export CEPH_CONF=$data/ceph.conf
mkdir -p $data/{run,log,mon,osd,rgw}
cd $data

write_settings() {
    cat > ceph.conf <<SETTINGS
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:3300,v1:127.0.0.1:6789]
mon initial members = a
public network = 127.0.0.0/8
run dir = $data/run
admin socket = $data/run/\$name.asok
pid file = $data/run/\$name.pid
log file = $data/log/\$name.log
keyring = $data/\$name.keyring
auth allow insecure global id reclaim = false
mon data = $data/mon
mon allow pool size one = true
mon max pg per osd = 1000
paxos propose interval = 0.02
osd data = $data/osd
osd objectstore = bluestore
bluestore block size = 68719476736
bluestore block create = true
osd memory target = 939524096
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
[client.rgw.a]
rgw data = $data/rgw
rgw frontends = beast port=9000
rgw thread pool size = 64
SETTINGS
}

first_start() {
    # What an interrupted first start has left is of no use.
    rm -rf mon/* osd/* rgw/* ./*.keyring mon.map
    write_settings
    ceph-authtool --create-keyring mon.keyring --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool --create-keyring client.admin.keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
    ceph-authtool mon.keyring --import-keyring client.admin.keyring
    monmaptool --create --fsid "$(sed -n 's/^fsid = //p' ceph.conf)" --addv a '[v2:127.0.0.1:3300,v1:127.0.0.1:6789]' mon.map
    ceph-mon -i a --mkfs --monmap mon.map --keyring mon.keyring
    cp mon.keyring mon/keyring
    ceph-mon -i a
    cat /proc/sys/kernel/random/uuid > osd.uuid
    ceph osd new "$(cat osd.uuid)"
    ceph auth get-or-create osd.0 osd 'allow *' mon 'allow profile osd' > osd.0.keyring
    cp osd.0.keyring osd/keyring
    ceph-osd -i 0 --mkfs --osd-uuid "$(cat osd.uuid)"
    ceph-osd -i 0
    ceph auth get-or-create client.rgw.a osd 'allow rwx' mon 'allow rw' > client.rgw.a.keyring
    radosgw -n client.rgw.a
    until curl -s -o /dev/null http://127.0.0.1:9000/; do sleep 0.5; done
    radosgw-admin user create --uid=trackline --display-name=trackline --access-key=trackline \
        --secret-key="$(cat /run/keys/s3-secret)" > /dev/null
    touch ready
}

later_start() {
    ceph-mon -i a
    ceph-osd -i 0
    radosgw -n client.rgw.a
}

rm -f run/*
if [ -e ready ]; then later_start; else first_start; fi
daemons=$(cat run/*.pid)
trap 'kill $daemons; while kill -0 $daemons 2>/dev/null; do sleep 0.2; done; exit 0' TERM INT
# shellcheck disable=SC2086
while [ "$(kill -0 $daemons 2>&1)" = "" ]; do sleep 1 & wait $! || true; done
echo 'one of the daemons has ended; its log is in /data/log' >&2
exit 1
