"""The WSGI application that granian (or any other WSGI server) serves; unsafe settings never get that far."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "graduand.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402  # they are read by the line above

from graduand.environment import keep_temporary_files  # noqa: E402  # as above
from graduand.management.page_process import end_with_the_server  # noqa: E402  # beside the next line
from graduand.office.installation.deployment import check_safe  # noqa: E402  # models are known only after the line above

keep_temporary_files(settings.GRADUAND_HOME)
check_safe()
end_with_the_server()
