"""`python -m services.intake`."""

from services.chassis.service import serve
from services.intake.app import SERVICE

serve(SERVICE)
