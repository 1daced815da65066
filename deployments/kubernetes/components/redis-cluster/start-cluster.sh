#!/bin/sh
set -eu
exec redis-server /etc/redis/redis.conf --cluster-announce-hostname "$POD_NAME.redis-cluster"
