"""Text to tree: the grammar of FEEL (DMN 1.5 §10.3.1.2) by recursive descent, with names resolved as they are met.

Models are untrusted: the length of a text and the depth of its nesting are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, DecimalException

from forewarn.decision_tables.feel import lexing, nodes, temporal
from forewarn.decision_tables.feel.lexing import KEYWORDS, Token, normal_name
from forewarn.decision_tables.feel.name_parsing import NameParser
from forewarn.decision_tables.feel.nodes import Node
from forewarn.decision_tables.feel.operators import bounded
from forewarn.decision_tables.feel.runtime import FeelError
from forewarn.decision_tables.feel.tokens import MAX_DEPTH, FeelSyntaxError
from forewarn.decision_tables.feel.type_parsing import LABEL
from forewarn.decision_tables.feel.types import ANY, FeelType
from forewarn.decision_tables.values import DECIMALS

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_ARITHMETIC = (frozenset({"+", "-"}), frozenset({"*", "/"}), frozenset({"**"}))
_STRANGE_STARTS = frozenset("0123456789#%&$€£§°!^~|;'`")
"""What the heading of a sheet may begin with although no FEEL name does: ``24h cover``, ``# of cases``."""


class Parser(NameParser):
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
        super().__init__(text, names, types)
        self.tables = tables
        self._no_filter = False

    def expression(self) -> Node:
        """Any expression."""
        self.deeper()
        outer, self._no_filter = self._no_filter, False
        node = self._junction("or", ("and",))
        self._no_filter = outer
        self.higher()
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
            no_filter = self._no_filter
            listed = self.attempt(self._parenthesised_tests)
            if isinstance(listed, nodes.ListNode):
                return listed.items
            self._no_filter = no_filter
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
                node = nodes.Path(node, self.member())
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
        self.define("item")
        condition = self.expression()
        self.expect("]")
        return nodes.Filter(source, condition)

    def _end_filter(self, source: Node) -> Node | None:
        """A filter at the end of a range, or ``None`` where the bracket closes the range: ``[1..5[``."""
        position, no_filter = self.position, self._no_filter
        filtered = self.attempt(lambda: self._filter(source))
        if filtered is not None and self.at("]", ")", "["):
            return filtered
        self.position, self._no_filter = position, no_filter
        return None

    def _call(self, function: Node) -> Node:
        if self.accept(")"):
            return nodes.Call(function, ())
        names: list[str] = []
        arguments: list[Node] = []
        while True:
            label = LABEL.match(self.text, self.position)
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

    def _primary(self) -> Node:
        start = lexing.skip_space(self.text, self.position)
        if self.text[start : start + 1] in _STRANGE_STARTS:
            known = self.known_name(start)
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

    def _worded(self, token: Token, start: int) -> Node:
        special = self._special(token)
        known = self.known_name(start)
        if known is not None and (special is None or self.position > token.end):
            return known
        self.position = start
        if special is not None:
            return special()
        if token.text in KEYWORDS:
            raise self.fault("a value is missing")
        return nodes.Name(self.unknown_name())

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
            key = self.key()
            if any(key == other for other, _ in entries):
                raise self.fault(f"{key!r} is there twice")
            entries.append((key, self.expression()))
            self.define(key)
            if not self.accept(","):
                break
        self.expect("}")
        return nodes.ContextNode(tuple(entries))

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
            name = self.new_name("in")
            source = self.expression()
            high = self.expression() if self.accept("..") else None
            self.define(name)
            iterators.append(nodes.Iterator(name, source, high))
            if not self.accept(","):
                return tuple(iterators)

    def _for(self) -> Node:
        self.take()
        self.define("partial")
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
            self.define(name)
            parameters.append((name, self.type() if self.accept(":") else ANY))
            if not self.accept(","):
                break
        self.expect(")")
        if self.at("external"):
            raise self.fault("external functions are not run")
        return nodes.FunctionNode(tuple(parameters), self.expression())
