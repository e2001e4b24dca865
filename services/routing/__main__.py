"""Entry point of `python -m services.routing`."""

from services.chassis.service import serve
from services.routing.app import SERVICE

serve(SERVICE)
