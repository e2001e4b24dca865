"""Entry point of `python -m services.dispatch`."""

from services.chassis.service import serve
from services.dispatch.app import SERVICE

serve(SERVICE)
