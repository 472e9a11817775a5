"""Chromium without a window, driven by the DevTools protocol over two pipes: no port, no library.

    with Browser() as browser:
        tab = browser.open("http://127.0.0.1:8080/")
        tab.wait_for("document.title === 'The Newsroom'")
        tab.evaluate("fetch('/articles').then((answer) => answer.json())")
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

from .environment import need, patience


class BrowserFailed(AssertionError):
    pass


class Browser:
    def __init__(self):
        self._program = need("chromium")
        self._process = None
        self._last = 0
        self._read = b""
        self._answers = {}
        self._folder = tempfile.mkdtemp(prefix="ngo-browser-")
        self._output = os.path.join(self._folder, "output")

    def __enter__(self):
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()

        def as_three_and_four():
            # Neither may be in the other's place when it is put there.
            high = os.dup2(to_browser, 200), os.dup2(from_browser, 201)
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        command = [self._program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--no-proxy-server", "--mute-audio",
                   "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
                   f"--user-data-dir={self._folder}/profile", "about:blank"]
        environment = {**os.environ, "HOME": self._folder, "XDG_CONFIG_HOME": self._folder, "XDG_CACHE_HOME": self._folder}
        try:
            with open(self._output, "wb") as output:
                # A group of its own: the browser is many processes, and all of them go at the end.
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                                 pass_fds=(3, 4), preexec_fn=as_three_and_four, env=environment,
                                                 start_new_session=True)
            os.close(to_browser)
            os.close(from_browser)
            self.call("Browser.getVersion", seconds=60)
            return self
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
            os.close(self._to)
            os.close(self._from)
            self._process = None
        for _ in range(50):  # its helpers may write until they are gone
            shutil.rmtree(self._folder, ignore_errors=True)
            if not os.path.exists(self._folder):
                return
            time.sleep(0.02)

    def open(self, address):
        """A new tab, in which the page is loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, target, session)
        tab.go(address)
        return tab

    def call(self, method, session=None, seconds=30, **parameters):
        """A command of the protocol; gives back its result."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self._to, data):]
        except BrokenPipeError:
            raise BrowserFailed(f"the browser has ended:\n{self._tail()}") from None
        deadline = time.monotonic() + patience(seconds)
        while number not in self._answers:
            self._receive(deadline, method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise BrowserFailed(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def _receive(self, deadline, method):
        ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise BrowserFailed(f"the browser does not answer {method}:\n{self._tail()}")
        data = os.read(self._from, 1 << 20)
        if not data:
            raise BrowserFailed(f"the browser has ended:\n{self._tail()}")
        self._read += data
        *messages, self._read = self._read.split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:  # events are of no interest here: tests ask the page
                self._answers[message["id"]] = message

    def _tail(self):
        with open(self._output, encoding="utf-8", errors="replace") as file:
            return file.read()[-3000:]


class Tab:
    def __init__(self, browser, target, session):
        self._browser = browser
        self._target = target
        self._session = session

    def call(self, method, **parameters):
        return self._browser.call(method, session=self._session, **parameters)

    def go(self, address):
        failure = self.call("Page.navigate", url=address).get("errorText")
        if failure:
            raise BrowserFailed(f"{address}: {failure}")
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def picture(self, path):
        """What is seen, as a PNG."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def evaluate(self, expression, seconds=30):
        """The value of a JavaScript expression in the page; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                           userGesture=True, seconds=seconds)
        if "exceptionDetails" in result:
            thrown = result["exceptionDetails"]
            raise BrowserFailed(thrown.get("exception", {}).get("description") or thrown.get("text"))
        return result["result"].get("value")

    def wait_for(self, expression, seconds=20):
        """Waits until the expression is true; gives back its value."""
        deadline = time.monotonic() + patience(seconds)
        while True:
            try:
                value = self.evaluate(expression)
            except BrowserFailed as failure:
                # The page that was asked has just been left for the next.
                if "context" not in str(failure).lower():
                    raise
                value = None
            if value:
                return value
            if time.monotonic() > deadline:
                raise BrowserFailed(f"{expression} did not become true; the page is\n"
                                    + str(self.evaluate("document.documentElement.outerHTML"))[-2000:])
            time.sleep(0.02)

    def close(self):
        self._browser.call("Target.closeTarget", targetId=self._target)
