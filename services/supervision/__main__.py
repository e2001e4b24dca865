"""`python -m services.supervision`."""

from services.chassis.service import serve
from services.supervision.app import SERVICE

if __name__ == "__main__":
    serve(SERVICE)
