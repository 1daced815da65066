#!/bin/sh
# The password is read from a file and never stands in an argument.
set -eu
REDISCLI_AUTH=$(sed -n 's/^requirepass //p' /run/secrets/redis/redis.conf)
export REDISCLI_AUTH
first=redis-cluster-0.redis-cluster
if redis-cli -h "$first" cluster info | grep -q '^cluster_state:ok'; then exit 0; fi
nodes=""
for n in 0 1 2 3 4 5; do
  host="redis-cluster-$n.redis-cluster"
  redis-cli -h "$host" -t 3 ping | grep -q PONG || exit 1
  nodes="$nodes $host:6379"
done
# shellcheck disable=SC2086
exec redis-cli --cluster create $nodes --cluster-replicas 1 --cluster-yes
