#!/bin/sh
# A Sentinel writes into its own configuration, so it begins with a copy on its disk and keeps that one.
set -eu
conf=/data/sentinel.conf
if [ ! -f "$conf" ]; then
  cp /etc/redis/sentinel.conf "$conf.new"
  {
    echo "sentinel announce-ip $POD_NAME.redis-sentinel"
    echo "sentinel monitor nexus redis-0.redis 6379 2"
    echo "sentinel down-after-milliseconds nexus 1500"
    echo "sentinel failover-timeout nexus 10000"
    echo "sentinel parallel-syncs nexus 1"
    # One line: sentinel auth-pass nexus …
    cat /run/secrets/redis/sentinel.conf
  } >>"$conf.new"
  mv "$conf.new" "$conf"
fi
exec redis-sentinel "$conf"
