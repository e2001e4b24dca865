"""Entry point: `python -m services.console` serves the web pages."""

from services.chassis.service import serve
from services.console.app import SERVICE

serve(SERVICE)
