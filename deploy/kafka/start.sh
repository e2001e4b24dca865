#!/bin/sh
# Start Apache Kafka in its container. The first start formats its folder and makes every principal, whose passwords are
# in KAFKA_PASSWORD_<NAME>. Later starts change no password (see docs/architecture.md).
set -eu
umask 077

programs="${KAFKA_PROGRAMS:-/opt/kafka/bin}"
settings="${KAFKA_SETTINGS:-/etc/gridloop/server.properties}"
principals="$(mktemp)" # not the command line, which other processes can see

for name in ADMIN REGISTRY INTAKE ROUTING DISPATCH SUPERVISION TRACKING; do
	eval "password=\${KAFKA_PASSWORD_$name:?}"
	printf -- '--add-scram\nSCRAM-SHA-512=[name=gridloop-%s,password=%s]\n' \
		"$(printf %s "$name" | tr '[:upper:]' '[:lower:]')" "$password" >>"$principals"
	if [ "$name" != ADMIN ]; then unset "KAFKA_PASSWORD_$name"; fi
done
# Its output shows what is kept of the passwords.
"$programs/kafka-storage.sh" format --standalone --ignore-formatted --cluster-id gridloop00000000000000 \
	--config "$settings" "@$principals" >/dev/null
rm "$principals"

exec "$programs/kafka-server-start.sh" "$settings"
