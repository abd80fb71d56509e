"""The five models of the bench, W1 to W5: as scenario for Gapless, and as Promela for SPIN, with the same requests."""

import dataclasses
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Workload:
    model: str        # models/<model>.gap; its Promela twins are spin/<twin>.pml and spin/<twin>_processes.pml
    variant: str
    title: str
    word: str         # of the request
    start: int        # the number that its balance is in the file
    breaks: str = ""  # the invariant that it violates: left out where both tools are to cover everything

    @property
    def twin(self):
        return self.model.split("_")[0]

    @property
    def name(self):
        return f"{self.model} {self.variant}"


W1 = Workload("w1", "naive", "W1 naive", "withdraw", 100, "what was paid left the balance")
W2 = Workload("w2", "conditional", "W2 conditional, an audit row each", "withdraw", 100)
W3 = Workload("w3", "lock", "W3 row lock", "withdraw", 100)
W4 = Workload("w4", "optimistic", "W4 version, amount 1 of 100", "withdraw", 100)
W4_TWO = Workload("w4_two", "optimistic", "W4 version, amount 50 of 100", "withdraw", 100)
W5_NAIVE = Workload("w5", "naive", "W5 naive", "buy", 10, "what was sold left the stock")
W5 = Workload("w5", "conditional", "W5 conditional", "buy", 10)
ALL = [W1, W2, W3, W4, W4_TWO, W5_NAIVE, W5]
# W5 naive is W1 under other names, and the two of W4 differ in nothing but amount and balance, which are given here.
DIFFERENT = [W1, W2, W3, W4, W5]


@dataclasses.dataclass(frozen=True)
class Requests:
    """Who takes part: one amount a request, and the balance that they meet."""
    kind: str
    amounts: tuple
    balance: int


def different(count, kind):
    """Amounts 1, 2, 3, …: nobody is like anybody else. `all`: the balance covers all of them; `half`: half of it,
    rounded down."""
    amounts = tuple(range(1, count + 1))
    return Requests(kind, amounts, sum(amounts) if kind == "all" else sum(amounts) // 2)


def alike(count, amount, balance):
    return Requests("alike", (amount,) * count, balance)


def scenario(workload, requests):
    """The scenario's text with these requests. All of it but the balance, the line `run` and the invariant that is
    violated is as in the file."""
    text = (HERE / "models" / f"{workload.model}.gap").read_text()
    head, body = text.split("\n\n", 1)
    body = re.sub(rf"\b{workload.start}\b", str(requests.balance), body)
    body, runs = re.subn(r"(?m)^run .*$", "run " + ", ".join(f"{workload.word}({amount})" for amount in requests.amounts), body)
    if workload.breaks:
        body, left_out = re.subn(rf'(?m)^finally "{workload.breaks}" *\{{[^}}]*\}}\n', "", body)
        body = body.replace(f"variant {workload.variant} expect violated", f"variant {workload.variant} expect holds")
        assert left_out == 1
    assert runs == 1
    return head + "\n\n" + body


def promela(workload, requests):
    """One process that makes every request's steps. In the template, @EACH … @END is repeated for each request, with its
    number @I@ and its @AMOUNT@."""
    def each(text):
        return [text.replace("@I@", str(number)).replace("@AMOUNT@", str(amount)) for number, amount in enumerate(requests.amounts)]

    text = (HERE / "spin" / f"{workload.twin}.pml").read_text()
    text = re.sub(r"(?ms)^@EACH\n(.*?)^@END\n", lambda found: "".join(each(found[1])), text)
    text = re.sub(r"@SUM\((.*)\)(?=\))", lambda found: "(" + " + ".join(each(found[1])) + ")", text)
    words = {"@N@": len(requests.amounts), "@BALANCE@": requests.balance, "@PLACE@": "byte" if requests.balance <= 250 else "short"}
    for word, value in words.items():
        text = text.replace(word, str(value))
    return text


def promela_processes(workload, requests):
    """One process a request, what pan's partial-order reduction needs."""
    count = len(requests.amounts)
    amount = "((i) + 1)" if requests.kind != "alike" else str(requests.amounts[0])
    total = " + ".join(f"rows[{number}]" for number in range(count))
    return (f"#define N {count}\n#define BALANCE {requests.balance}\n#define AMOUNT(i) {amount}\n#define SUM(rows) ({total})\n" +
            (HERE / "spin" / f"{workload.twin}_processes.pml").read_text())
