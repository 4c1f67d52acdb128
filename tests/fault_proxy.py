"""A TCP proxy between two loopback ports that misbehaves on demand: it drops what matches, delays, stops, resets. For
tests of lost acknowledgements and of servers that cannot be reached. Safe from any thread."""

import re
import socket
import struct
import threading
import time

PIECE = 65536


class FaultProxy:
    def __init__(self, target_port, host="127.0.0.1"):
        self.target = (host, target_port)
        self.listener = socket.create_server((host, 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.pairs = []
        self.patterns = []  # of what is cut out on its way to the target: [pattern, how often, done]
        self.delay = 0.0
        self.is_cut = False  # connections are refused and those that are there reset
        self.is_held = False  # nothing is passed on, nothing is closed
        threading.Thread(target=self._accept, daemon=True).start()

    def drop(self, pattern, times=1):
        """The next `times` matches on their way to the target disappear; returns a function that tells how many have."""
        entry = [re.compile(pattern), times, 0]
        with self.lock:
            self.patterns.append(entry)
        return lambda: entry[2]

    def cut(self):
        with self.lock:
            self.is_cut = True
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for link in pair:
                # With this a close is a reset.
                try:
                    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    link.close()
                except OSError:
                    pass

    def mend(self):
        self.is_cut = False
        self.is_held = False

    def hold(self):
        self.is_held = True

    def close(self):
        self.cut()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            try:
                target = socket.create_connection(self.target, timeout=5)
                target.settimeout(None)
            except OSError:
                client.close()
                continue
            with self.lock:
                self.pairs.append((client, target))
            threading.Thread(target=self._pump, args=(client, target, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(target, client, False), daemon=True).start()

    def _pump(self, source, sink, to_target):
        try:
            while piece := source.recv(PIECE):
                while self.is_held and not self.is_cut:
                    time.sleep(0.01)
                if self.delay:
                    time.sleep(self.delay)
                sink.sendall(self._cut_out(piece) if to_target else piece)
        except OSError:
            pass
        for link in (source, sink):
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _cut_out(self, piece):
        with self.lock:
            for entry in self.patterns:
                pattern, times, done = entry
                while done < times and (found := pattern.search(piece)):
                    piece = piece[:found.start()] + piece[found.end():]
                    done += 1
                entry[2] = done
        return piece
