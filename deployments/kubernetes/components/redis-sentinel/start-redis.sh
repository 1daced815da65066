#!/bin/sh
# A pod that begins follows the master that the Sentinels know; where none of them answers, the first pod is the master.
set -eu
self="$POD_NAME.redis"
master=$(redis-cli -h redis-sentinel -p 26379 -t 3 sentinel get-master-addr-by-name nexus 2>/dev/null | head -n 1 || true)
case "$master" in "" | *[!a-z0-9.-]*) master=redis-0.redis ;; esac
if [ "$master" = "$self" ]; then
  exec redis-server /etc/redis/redis.conf --replica-announce-ip "$self"
fi
exec redis-server /etc/redis/redis.conf --replica-announce-ip "$self" --replicaof "$master" 6379
