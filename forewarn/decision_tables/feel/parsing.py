"""Text to tree: the grammar of FEEL (DMN 1.5 §10.3.1.2) by recursive descent, with names resolved as they are met.

Models are untrusted: the length of a text and the depth of its nesting are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, DecimalException
from functools import lru_cache

from forewarn.decision_tables.feel import lexing, nodes, temporal
from forewarn.decision_tables.feel.builtins import BUILTINS
from forewarn.decision_tables.feel.lexing import KEYWORDS, Names, Token, normal_name
from forewarn.decision_tables.feel.nodes import Node
from forewarn.decision_tables.feel.operators import bounded
from forewarn.decision_tables.feel.runtime import FeelError
from forewarn.decision_tables.feel.types import ANY, ContextOf, FeelType, FunctionOf, ListOf, RangeOf, basic
from forewarn.decision_tables.values import DECIMALS
from forewarn.errors import ForewarnError

MAX_SOURCE = 64 * 1024
"""Longest expression, in characters."""

MAX_DEPTH = 48
"""Deepest nesting of an expression."""

_BUILTIN_NAMES = Names(BUILTINS)
_LABEL = re.compile(r"\s*([^:{}\[\](),\"<>?]+?)\s*:")
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_ARITHMETIC = (frozenset({"+", "-"}), frozenset({"*", "/"}), frozenset({"**"}))
_TYPE_WORDS = 4
_STRANGE_STARTS = frozenset("0123456789#%&$€£§°!^~|;'`")
"""What the heading of a sheet may begin with although no FEEL name does: ``24h cover``, ``# of cases``."""


class FeelSyntaxError(FeelError, ForewarnError):
    """The text is no FEEL; ``position`` counts the characters before the place where that shows."""

    def __init__(self, message: str, position: int) -> None:
        ForewarnError.__init__(self, message)
        self.position = position


@lru_cache(maxsize=512)
def _names(known: frozenset[str]) -> Names:
    return Names(known)


class Parser:
    """One text being parsed.

    ``names`` are the names in scope and those of members; ``types`` the item definitions by name, and
    ``tables`` the titles that ``table "Title"`` may name.
    """

    def __init__(
        self,
        text: str,
        names: Collection[str] = (),
        types: Mapping[str, FeelType] | None = None,
        tables: Collection[str] = (),
    ) -> None:
        if len(text) > MAX_SOURCE:
            raise FeelSyntaxError(f"the expression is longer than {MAX_SOURCE} characters", 0)
        self.text = text
        self.position = 0
        self.types = types or {}
        self.tables = tables
        self._known = _names(frozenset(names))
        self._local = Names()
        self._depth = 0
        self._no_filter = False

    # Tokens

    def peek(self) -> Token:
        """The next token, not consumed."""
        try:
            return lexing.next_token(self.text, self.position)
        except FeelSyntaxError:
            raise
        except FeelError as error:
            raise FeelSyntaxError(str(error), self.position) from error

    def take(self) -> Token:
        """The next token, consumed."""
        token = self.peek()
        self.position = token.end
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these signs or words."""
        token = self.peek()
        return token.kind in {"sign", "word"} and token.text in texts

    def accept(self, text: str) -> bool:
        """Consume the next token if it is this sign or word."""
        if self.at(text):
            self.take()
            return True
        return False

    def expect(self, text: str) -> None:
        """Consume this sign or word, or fail."""
        if not self.accept(text):
            raise self.fault(f"{text!r} is missing")

    def fault(self, message: str) -> FeelSyntaxError:
        """A syntax error at the next token."""
        token = self.peek()
        found = f"before {token.text!r}" if token.kind != "end" else "at the end"
        return FeelSyntaxError(f"{message} {found}", token.start)

    def finish(self) -> None:
        """Fail unless the whole text is consumed."""
        if self.peek().kind != "end":
            raise self.fault("an operator is missing")

    def attempt(self, parse: Callable[[], Node]) -> Node | None:
        """The node, or ``None`` and nothing consumed where the text does not have that form."""
        position, depth, no_filter = self.position, self._depth, self._no_filter
        try:
            return parse()
        except FeelSyntaxError:
            self.position, self._depth, self._no_filter = position, depth, no_filter
            return None

    # Expressions, from the loosest to the tightest operator

    def expression(self) -> Node:
        """Any expression."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.fault(f"the expression is nested deeper than {MAX_DEPTH} levels")
        outer, self._no_filter = self._no_filter, False
        node = self._junction("or", ("and",))
        self._no_filter = outer
        self._depth -= 1
        return node

    def _junction(self, operator: str, tighter: tuple[str, ...]) -> Node:
        operands = [self._junction(tighter[0], ()) if tighter else self._comparison()]
        while self.accept(operator):
            operands.append(self._junction(tighter[0], ()) if tighter else self._comparison())
        return operands[0] if len(operands) == 1 else nodes.Junction(operator, tuple(operands))

    def _comparison(self) -> Node:
        left = self._arithmetic(0)
        while True:
            token = self.peek()
            if token.kind == "sign" and token.text in _COMPARISONS:
                self.take()
                left = nodes.Comparison(token.text, left, self._arithmetic(0))
            elif self.accept("between"):
                low = self._arithmetic(0)
                self.expect("and")
                left = nodes.Between(left, low, self._arithmetic(0))
            elif self.accept("in"):
                left = nodes.In(left, self._in_tests())
            else:
                return left

    def _in_tests(self) -> tuple[Node, ...]:
        if self.at("("):
            listed = self.attempt(self._parenthesised_tests)
            if isinstance(listed, nodes.ListNode):
                return listed.items
        return (self.positive_test(),)

    def _parenthesised_tests(self) -> Node:
        self.expect("(")
        tests = [self.positive_test()]
        while self.accept(","):
            tests.append(self.positive_test())
        self.expect(")")
        if self.at("..", *_COMPARISONS):
            raise self.fault("not a list of tests")
        return nodes.ListNode(tuple(tests))

    def positive_test(self) -> Node:
        """One unary test: a comparison with its left side left out, or an expression that may use ``?``."""
        token = self.peek()
        if token.kind == "sign" and token.text in _COMPARISONS:
            self.take()
            return nodes.UnaryComparison(token.text, self._arithmetic(0))
        return self.expression()

    def _arithmetic(self, level: int) -> Node:
        if level == len(_ARITHMETIC):
            return self._negation()
        first = self._arithmetic(level + 1)
        rest: list[tuple[str, Node]] = []
        while True:
            token = self.peek()
            if token.kind != "sign" or token.text not in _ARITHMETIC[level]:
                break
            self.take()
            rest.append((token.text, self._arithmetic(level + 1)))
        return nodes.Arithmetic(first, tuple(rest)) if rest else first

    def _negation(self) -> Node:
        minus = 0
        while self.accept("-"):
            minus += 1
            if minus > MAX_DEPTH:
                raise self.fault("too many signs")
        node = self._postfix(self._primary())
        if self.accept("instance"):
            self.expect("of")
            node = nodes.InstanceOf(node, self.type())
        for _ in range(minus):
            if isinstance(node, nodes.Constant) and isinstance(node.value, Decimal):
                node = nodes.Constant(DECIMALS.minus(node.value))
            else:
                node = nodes.Negation(node)
        return node

    def _postfix(self, node: Node) -> Node:
        chained = 0
        while True:
            if self.accept("."):
                node = nodes.Path(node, self._member())
            elif self.at("["):
                filtered = self._end_filter(node) if self._no_filter else self._filter(node)
                if filtered is None:
                    return node
                node = filtered
            elif self.at("("):
                self.take()
                node = self._call(node)
            else:
                return node
            chained += 1
            if chained > MAX_DEPTH:
                raise self.fault("too long a chain")

    def _filter(self, source: Node) -> Node:
        self.expect("[")
        self._local.add("item")
        condition = self.expression()
        self.expect("]")
        return nodes.Filter(source, condition)

    def _end_filter(self, source: Node) -> Node | None:
        """A filter at the end of a range, or ``None`` where the bracket closes the range: ``[1..5[``."""
        position = self.position
        filtered = self.attempt(lambda: self._filter(source))
        if filtered is not None and self.at("]", ")", "["):
            return filtered
        self.position = position
        return None

    def _call(self, function: Node) -> Node:
        if self.accept(")"):
            return nodes.Call(function, ())
        names: list[str] = []
        arguments: list[Node] = []
        while True:
            label = _LABEL.match(self.text, self.position)
            if label is not None:
                self.position = label.end()
                names.append(normal_name(label[1]))
            arguments.append(self.expression())
            if not self.accept(","):
                break
        self.expect(")")
        if names and len(names) != len(arguments):
            raise self.fault("either all arguments have names or none")
        return nodes.Call(function, tuple(arguments), tuple(names) if names else None)

    # Primaries

    def _primary(self) -> Node:
        start = lexing.skip_space(self.text, self.position)
        if self.text[start : start + 1] in _STRANGE_STARTS:
            known = self._known_name(start)
            if known is not None:
                return known
        token = self.peek()
        match token.kind:
            case "number":
                self.take()
                return nodes.Constant(self._number(token))
            case "string":
                self.take()
                return nodes.Constant(lexing.unquote(token.text))
            case "sign":
                return self._bracketed(token)
            case "word":
                return self._worded(token, start)
            case _:
                raise self.fault("a value is missing")

    def _number(self, token: Token) -> Decimal:
        try:
            return bounded(DECIMALS.create_decimal(token.text))
        except (FeelError, DecimalException) as error:
            raise FeelSyntaxError(f"{token.text[:40]} is out of range", token.start) from error

    def _known_name(self, start: int) -> Node | None:
        found = [names.longest_at(self.text, start) for names in (self._local, self._known, _BUILTIN_NAMES)]
        hits = [hit for hit in found if hit is not None]
        if not hits:
            return None
        name, self.position = max(hits, key=lambda hit: hit[1])
        return nodes.Name(name)

    def _worded(self, token: Token, start: int) -> Node:
        special = self._special(token)
        known = self._known_name(start)
        if known is not None and (special is None or self.position > token.end):
            return known
        self.position = start
        if special is not None:
            return special()
        if token.text in KEYWORDS:
            raise self.fault("a value is missing")
        return nodes.Name(self._unknown_name())

    def _special(self, token: Token) -> Callable[[], Node] | None:
        """How to go on at a word that begins a form of its own, or ``None`` at an ordinary name."""
        match token.text:
            case "null" | "true" | "false":
                return self._word_constant
            case "if":
                return self._if
            case "for":
                return self._for
            case "some" | "every":
                return self._quantified
            case "function":
                return self._function
            case "table" if self.tables and lexing.next_token(self.text, token.end).kind == "string":
                return self._table
            case _:
                return None

    def _word_constant(self) -> Node:
        return nodes.Constant({"null": None, "true": True, "false": False}[self.take().text])

    def _table(self) -> Node:
        self.take()
        title = lexing.unquote(self.take().text)
        if title not in self.tables:
            raise self.fault(f"there is no table {title!r}")
        return nodes.TableRef(title)

    def _unknown_name(self) -> str:
        """Words in a row that nobody knows: they are one name."""
        words = [self.take().text]
        while True:
            token = self.peek()
            if token.kind != "word" or token.text in KEYWORDS:
                return " ".join(words)
            words.append(self.take().text)

    def _member(self) -> str:
        start = lexing.skip_space(self.text, self.position)
        hit = self._known.longest_at(self.text, start)
        if hit is not None:
            name, self.position = hit
            return name
        if self.peek().kind != "word":
            raise self.fault("a name is missing")
        return self._unknown_name()

    def _bracketed(self, token: Token) -> Node:
        self.take()
        match token.text:
            case "?":
                return nodes.Name("?")
            case "@":
                return self._at_literal()
            case "{":
                return self._context()
            case "(":
                if self.at(*_COMPARISONS):
                    return self._half_range()
                node = self.expression()
                if self.accept(".."):
                    return self._range_end(node, low_closed=False)
                self.expect(")")
                return node
            case "]":
                node = self.expression()
                self.expect("..")
                return self._range_end(node, low_closed=False)
            case "[":
                return self._list_or_range()
            case _:
                self.position = token.start
                raise self.fault("a value is missing")

    def _at_literal(self) -> Node:
        token = self.take()
        if token.kind != "string":
            raise self.fault("a quoted date, time or duration is missing")
        try:
            return nodes.Constant(temporal.parse_at(lexing.unquote(token.text)))
        except FeelError as error:
            raise FeelSyntaxError(str(error), token.start) from error

    def _half_range(self) -> Node:
        operator = self.take().text
        end = self._arithmetic(0)
        self.expect(")")
        match operator:
            case "<" | "<=":
                return nodes.RangeNode(None, end, low_closed=False, high_closed=operator == "<=")
            case ">" | ">=":
                return nodes.RangeNode(end, None, low_closed=operator == ">=", high_closed=False)
            case "=":
                return nodes.RangeNode(end, end, low_closed=True, high_closed=True)
            case _:
                raise self.fault("'!=' makes no range")

    def _list_or_range(self) -> Node:
        if self.accept("]"):
            return nodes.ListNode(())
        items = [self.expression()]
        if self.accept(".."):
            return self._range_end(items[0], low_closed=True)
        while self.accept(","):
            items.append(self.expression())
        self.expect("]")
        return nodes.ListNode(tuple(items))

    def _range_end(self, low: Node, *, low_closed: bool) -> Node:
        outer, self._no_filter = self._no_filter, True
        high = self._arithmetic(0)
        self._no_filter = outer
        for sign, closed in (("]", True), (")", False), ("[", False)):
            if self.accept(sign):
                return nodes.RangeNode(low, high, low_closed=low_closed, high_closed=closed)
        raise self.fault("the range is not closed")

    def _context(self) -> Node:
        entries: list[tuple[str, Node]] = []
        if self.accept("}"):
            return nodes.ContextNode(())
        while True:
            key = self._key()
            if any(key == other for other, _ in entries):
                raise self.fault(f"{key!r} is there twice")
            entries.append((key, self.expression()))
            self._local.add(key)
            if not self.accept(","):
                break
        self.expect("}")
        return nodes.ContextNode(tuple(entries))

    def _key(self) -> str:
        if self.peek().kind == "string":
            key = lexing.unquote(self.take().text)
            self.expect(":")
            return key
        label = _LABEL.match(self.text, lexing.skip_space(self.text, self.position))
        if label is None:
            raise self.fault("a key and ':' are missing")
        self.position = label.end()
        return normal_name(label[1])

    def _if(self) -> Node:
        self.take()
        condition = self.expression()
        self.expect("then")
        yes = self.expression()
        self.expect("else")
        return nodes.If(condition, yes, self.expression())

    def _iterators(self) -> tuple[nodes.Iterator, ...]:
        iterators: list[nodes.Iterator] = []
        while True:
            name = self._new_name("in")
            source = self.expression()
            high = self.expression() if self.accept("..") else None
            self._local.add(name)
            iterators.append(nodes.Iterator(name, source, high))
            if not self.accept(","):
                return tuple(iterators)

    def _new_name(self, end: str) -> str:
        """A name being defined: everything up to the word that follows it."""
        match = re.compile(rf"\s*(.+?)\s+{end}(?![\w])", re.DOTALL).match(self.text, self.position)
        if match is None or any(sign in match[1] for sign in '"[](){},'):
            raise self.fault(f"a name and {end!r} are missing")
        self.position = match.end()
        return normal_name(match[1])

    def _for(self) -> Node:
        self.take()
        self._local.add("partial")
        iterators = self._iterators()
        self.expect("return")
        return nodes.For(iterators, self.expression())

    def _quantified(self) -> Node:
        quantifier = self.take().text
        iterators = self._iterators()
        self.expect("satisfies")
        return nodes.Quantified(quantifier, iterators, self.expression())

    def _function(self) -> Node:
        self.take()
        self.expect("(")
        parameters: list[tuple[str, FeelType]] = []
        while not self.at(")"):
            match = re.compile(r"\s*([^:,()\"]+)").match(self.text, self.position)
            if match is None:
                raise self.fault("the name of a parameter is missing")
            self.position = match.end()
            name = normal_name(match[1])
            self._local.add(name)
            parameters.append((name, self.type() if self.accept(":") else ANY))
            if not self.accept(","):
                break
        self.expect(")")
        if self.at("external"):
            raise self.fault("external functions are not run")
        return nodes.FunctionNode(tuple(parameters), self.expression())

    # Types

    def type(self) -> FeelType:
        """A type: a built-in one, an item definition, or ``list<…>`` and its like."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.fault("the type is nested too deeply")
        found = self._generic_type() or self._named_type()
        self._depth -= 1
        return found

    def _generic_type(self) -> FeelType | None:
        token = self.peek()
        if token.kind != "word" or not lexing.next_token(self.text, token.end).text.startswith("<"):
            return None
        match token.text:
            case "list" | "range":
                self.take()
                self.expect("<")
                item = self.type()
                self.expect(">")
                return ListOf(item) if token.text == "list" else RangeOf(item)
            case "context":
                self.take()
                return ContextOf(tuple(self._members()))
            case "function":
                self.take()
                return self._function_type()
            case _:
                return None

    def _members(self) -> list[tuple[str, FeelType]]:
        self.expect("<")
        members: list[tuple[str, FeelType]] = []
        while True:
            label = _LABEL.match(self.text, self.position)
            if label is None:
                raise self.fault("the name of a member is missing")
            self.position = label.end()
            members.append((normal_name(label[1]), self.type()))
            if not self.accept(","):
                self.expect(">")
                return members

    def _function_type(self) -> FeelType:
        self.expect("<")
        parameters: list[FeelType] = []
        while not self.at(">"):
            parameters.append(self.type())
            if not self.accept(","):
                break
        self.expect(">")
        self.expect("->")
        return FunctionOf(tuple(parameters), self.type())

    def _named_type(self) -> FeelType:
        start = lexing.skip_space(self.text, self.position)
        hit = Names(self.types).longest_at(self.text, start)
        if hit is not None:
            name, self.position = hit
            return self.types[name]
        words: list[str] = []
        ends: list[int] = []
        position = start
        while len(words) <= _TYPE_WORDS:
            token = lexing.next_token(self.text, position)
            if token.kind != "word":
                break
            words.append(token.text)
            ends.append(token.end)
            position = token.end
        for count in range(len(words), 0, -1):
            known = basic(" ".join(words[:count]))
            if known is not None:
                self.position = ends[count - 1]
                return known
        raise self.fault("a type is missing")
