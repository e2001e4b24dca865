"""`python -m services.console`."""

from services.chassis.service import serve
from services.console.app import SERVICE

serve(SERVICE)
