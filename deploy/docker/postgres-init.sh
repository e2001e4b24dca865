#!/bin/sh
# Run once by the PostgreSQL image, on an empty volume: a role and a database for each service.
# Each password is in POSTGRES_PASSWORD_<SERVICE>. No role may enter another's database.
set -eu

for service in registry intake routing dispatch supervision tracking; do
	variable="POSTGRES_PASSWORD_$(printf %s "$service" | tr '[:lower:]' '[:upper:]')"
	eval "password=\${$variable:?}"
	psql --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
		--set=name="gridloop_$service" --set=password="$password" <<-'SQL'
		CREATE ROLE :"name" LOGIN PASSWORD :'password';
		CREATE DATABASE :"name" OWNER :"name";
		REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
	SQL
done
