"""The WSGI application that granian (or any other WSGI server) serves; unsafe settings never get that far."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "graduand.settings")

application = get_wsgi_application()

from graduand.office.deployment import check_safe  # noqa: E402  # models are known only after the line above

check_safe()
