"""`python -m services.tracking`."""

from services.chassis.service import serve
from services.tracking.app import SERVICE

serve(SERVICE)
