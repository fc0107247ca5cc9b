"""How Blotter is run: in containers (docker-compose.yml) or as processes (`deploy.native`)."""
