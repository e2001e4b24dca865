#!/bin/sh
# Print a complete .env with new secrets: sh deploy/docker/new-env.sh > .env && chmod 600 .env
# Run it once per installation. Who loses GRIDLOOP_SECRET_KEY loses the reporters' data and every machine key.
set -eu

example="$(dirname "$0")/../../.env.example"
while IFS= read -r line; do
	case "$line" in
	GRIDLOOP_SECRET_KEY=) printf '%s%s\n' "$line" "$(head -c 32 /dev/urandom | base64)" ;;
	GRIDLOOP_SERVICE_KEY= | POSTGRES_PASSWORD*= | KAFKA_PASSWORD_*=) printf '%s%s\n' "$line" "$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')" ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$example"
