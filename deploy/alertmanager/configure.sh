#!/bin/sh
# Print Alertmanager's configuration: alertmanager.yml, and its receiver as the environment says.
#   OPERATIONS_WEBHOOK      URL to which alerts are posted
#   OPERATIONS_MAIL_TO      address; with OPERATIONS_MAIL_FROM and OPERATIONS_MAIL_SERVER (host:port)
#   OPERATIONS_MAIL_USER, OPERATIONS_MAIL_PASSWORD_FILE   where the mail server wants them
# With none of them, alerts are seen on Alertmanager's and Prometheus's pages only.
set -eu

quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }

cat "$(dirname "$0")/alertmanager.yml"
if [ -n "${OPERATIONS_WEBHOOK:-}" ]; then
    echo "    webhook_configs:"
    echo "      - url: $(quoted "$OPERATIONS_WEBHOOK")"
    echo "        send_resolved: true"
fi
if [ -n "${OPERATIONS_MAIL_TO:-}" ]; then
    echo "    email_configs:"
    echo "      - to: $(quoted "$OPERATIONS_MAIL_TO")"
    echo "        from: $(quoted "${OPERATIONS_MAIL_FROM:?the address that alerts come from}")"
    echo "        smarthost: $(quoted "${OPERATIONS_MAIL_SERVER:?the mail server, as host:port}")"
    echo "        send_resolved: true"
    if [ -n "${OPERATIONS_MAIL_USER:-}" ]; then
        file=${OPERATIONS_MAIL_PASSWORD_FILE:?a file that holds the password of OPERATIONS_MAIL_USER}
        echo "        auth_username: $(quoted "$OPERATIONS_MAIL_USER")"
        echo "        auth_password_file: $(quoted "$file")"
    fi
fi
