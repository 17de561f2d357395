"""Ways in which a helper keeps what it read."""

from __future__ import annotations

HELPERS: dict[str, str] = {
    "lru_cache": """
        import functools, json
        @functools.lru_cache
        def data():
            return json.load(open("x.json"))
        """,
    "cache with an argument": """
        import functools, json
        @functools.cache
        def load(name):
            return json.load(open(name))
        def data():
            return load("x.json")
        """,
    "cache of a nested helper": """
        import functools, json
        @functools.cache
        def data():
            return read()
        def read():
            with open("x.json") as file:
                return json.load(file)
        """,
    "a global": """
        import json
        _DATA = None
        def data():
            global _DATA
            if _DATA is None:
                _DATA = json.load(open("x.json"))
            return _DATA
        """,
    "a global that is not there": """
        import json
        def data():
            global _DATA
            try:
                return _DATA
            except NameError:
                _DATA = json.load(open("x.json"))
                return _DATA
        """,
    "a dict": """
        import json
        TABLES = {}
        def read(name):
            return json.load(open(name))
        def data():
            if "x" not in TABLES:
                TABLES["x"] = read("x.json")
            return TABLES["x"]
        """,
    "a class": """
        import json
        class Tables:
            loaded = None
            @classmethod
            def get(cls):
                if cls.loaded is None:
                    cls.loaded = json.load(open("x.json"))
                return cls.loaded
        def data():
            return Tables.get()
        """,
    "an instance": """
        import json
        class Tables:
            def __init__(self):
                self.loaded = None
            def get(self):
                if self.loaded is None:
                    self.loaded = json.load(open("x.json"))
                return self.loaded
        TABLES = Tables()
        def data():
            return TABLES.get()
        """,
    "an instance with slots": """
        import json
        class Tables:
            __slots__ = ("loaded",)
            def get(self):
                if not hasattr(self, "loaded"):
                    self.loaded = json.load(open("x.json"))
                return self.loaded
        TABLES = Tables()
        def data():
            return TABLES.get()
        """,
    "a cached property": """
        import functools, json
        class Tables:
            @functools.cached_property
            def loaded(self):
                return json.load(open("x.json"))
        TABLES = Tables()
        def data():
            return TABLES.loaded
        """,
    "a cached method": """
        import functools, json
        class Tables:
            @functools.lru_cache
            def loaded(self):
                return json.load(open("x.json"))
        TABLES = Tables()
        def data():
            return TABLES.loaded()
        """,
    "a closure": """
        import json
        def make(name):
            kept = None
            def get():
                nonlocal kept
                if kept is None:
                    kept = json.load(open(name))
                return kept
            return get
        data = make("x.json")
        """,
    "a decorator of one's own": """
        import functools, json
        def memo(function):
            kept = {}
            @functools.wraps(function)
            def wrapper(*args):
                if args not in kept:
                    kept[args] = function(*args)
                return kept[args]
            return wrapper
        @memo
        def load(name):
            return json.load(open(name))
        def data():
            return load("x.json")
        """,
    "a class as a decorator": """
        import functools, json
        class Memo:
            def __init__(self, function):
                self.function = function
                self.kept = {}
            def __call__(self, *args):
                if args not in self.kept:
                    self.kept[args] = self.function(*args)
                return self.kept[args]
        @Memo
        def load(name):
            return json.load(open(name))
        def data():
            return load("x.json")
        """,
    "a default": """
        import json
        def data(kept={}):
            if not kept:
                kept.update(json.load(open("x.json")))
            return kept
        """,
    "globals()": """
        import json
        def data():
            if "_DATA" not in globals():
                globals()["_DATA"] = json.load(open("x.json"))
            return globals()["_DATA"]
        """,
    "a module's __getattr__": """
        import json
        def __getattr__(name):
            global DATA
            if name == "DATA":
                DATA = json.load(open("x.json"))
                return DATA
            raise AttributeError(name)
        def data():
            import HELPERS as helpers
            return helpers.DATA
        """,
    "singledispatch": """
        import functools, json
        KEPT = []
        @functools.singledispatch
        def load(name):
            raise TypeError
        @load.register
        def _(name: str):
            if not KEPT:
                KEPT.append(json.load(open(name)))
            return KEPT[0]
        def data():
            return load("x.json")
        """,
    "anew.cache inside": """
        import functools, json
        import anew
        @anew.cache
        def load(name):
            return json.load(open(name))
        @functools.cache
        def data():
            return load("x.json")
        """,
}

PLAIN = """
import json
SETTINGS = {"sep": ","}
class Loader:
    def __init__(self, name):
        self.name = name
        self.kept = None
    def get(self):
        if self.kept is None:
            self.kept = load(self.name)
        return self.kept
def load(name, options={}):
    found = {}
    found["sep"] = SETTINGS["sep"]
    found["data"] = json.load(open(name))
    return len(found)
def make(name):
    def get():
        return load(name)
    return get
def make_kept(name):
    kept = []
    def get():
        if not kept:
            kept.append(load(name))
        return kept[0]
    return get
get_x, get_y = make("x.json"), make("y.json")
kept_x, kept_y = make_kept("x.json"), make_kept("y.json")
"""
