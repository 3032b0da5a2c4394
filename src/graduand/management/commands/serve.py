"""`graduand serve`: the web pages and the worker, in one process group, until SIGTERM."""

from __future__ import annotations

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from graduand.management.console import OfficeCommand, UsageProblem
from graduand.management.supervisor import Supervisor
from graduand.office.installation import deployment, homes
from graduand.office.outgoing import exports

# Half of the threads may be busy with downloads for as long as the receivers take; the others serve
# pages.
THREADS = 2 * exports.MOST_AT_ONCE
# A process of Python makes one page at a time, however many threads it has; more processes than
# this would only cost memory.
MOST_PROCESSES = 4


class Command(OfficeCommand):
    """Pages and worker end together: without a worker the pages would accept work that is never
    done.
    """

    help = "启动网页和后台处理"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--host", default=os.environ.get("GRADUAND_BIND") or "127.0.0.1", help="监听地址"
        )
        parser.add_argument(
            "--port", type=int, default=os.environ.get("GRADUAND_PORT") or "8000", help="监听端口"
        )
        parser.add_argument(
            "--processes",
            type=int,
            metavar="个",
            default=min(os.cpu_count() or 1, MOST_PROCESSES),
            help=f"做网页的进程数，缺省与处理器核数相同，最多 {MOST_PROCESSES} 个；每个约占 150 MB 内存",
        )

    def work(self, options: dict[str, Any]) -> bool:
        _check_port(options["host"], options["port"])
        if options["processes"] < 1:
            raise UsageProblem("--processes 至少为 1")
        deployment.check_home()
        call_command("migrate", interactive=False, verbosity=0)
        homes.bind()
        deployment.check_safe()
        call_command("collectstatic", interactive=False, verbosity=0)
        environment = dict(os.environ)
        if deployment.is_demo():
            environment["GRADUAND_DEMO"] = "1"
        elif not settings.BEHIND_PROXY and not settings.GRADUAND_DEMO:
            self.say(
                "提示：登录状态只在 HTTPS 下保存；请放在提供 HTTPS 的反向代理后面，并设 GRADUAND_BEHIND_PROXY=1"
            )
        accounts = deployment.demo_accounts()
        connection.close()  # the child processes open connections of their own
        url = f"http://{options['host']}:{options['port']}/"
        self.stdout.write(
            "\n".join(part for part in (accounts, f"网页：{url}　（Ctrl-C 停止）") if part)
        )
        self.stdout.flush()
        pages, worker = _words(options)
        return Supervisor(environment, worker, self.say).keep(pages)


def _check_port(host: str, port: int) -> None:
    """Refuse a port that is in use with a sentence, before the web server prints a traceback."""
    family = socket.AF_INET
    if ":" in host:
        family = socket.AF_INET6
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as problem:
            raise UsageProblem(
                f"无法在 {host}:{port} 上提供网页（{problem}），请用 --port 换一个端口"
            ) from problem


def _words(options: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The command lines of the pages and of the worker, which contain no user's text."""
    pages = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        options["host"],
        "--port",
        str(options["port"]),
        "--workers",
        str(options["processes"]),
        "--respawn-failed-workers",
        "--blocking-threads",
        str(THREADS),
        "--no-ws",
        # at a lower level the server warns in English of many threads for few cores, but they
        # mostly wait
        "--log-level",
        "error",
        "graduand.wsgi:application",
    ]
    return pages, [sys.executable, "-m", "graduand.cli", "worker"]
