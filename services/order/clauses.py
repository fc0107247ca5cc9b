"""The clauses of General Order 390.01 that Blotter knows, in our own words.

What a rule says of itself (title, severity, examples) stands in its own file. This table says what
the order asks, whether or not a rule for it exists yet; the coverage matrix joins the two.
"""

from dataclasses import dataclass

from schemas.policy import How


@dataclass(frozen=True)
class Clause:
    """One clause. `subjects`: kinds of subject that get a verdict, none where it is informative.

    `note`: why it is treated so, and what it does not reach.
    """

    id: str
    title: str
    how: How
    subjects: tuple[str, ...]
    note: str


_VOCABULARY = "A definition: it gives the words, and asks nothing."
_FAMILY = "The declared family must fit what the system is registered for; a mismatch is shown."
_TRAINING = "Missing or lapsed for an active employee with a use on record."
_SENSITIVE = "Declared or detected, on a platform that the public can use."
_AUDITED = "By the record of the audit. An element that gave findings is not missing."

CLAUSES: tuple[Clause, ...] = (
    Clause("A.1", "What an algorithm is", "informative", (), _VOCABULARY),
    Clause("A.2", "What artificial intelligence is", "informative", (), _VOCABULARY),
    Clause("A.3", "What bias and discrimination are", "informative", (), _VOCABULARY),
    Clause("A.4", "Generative AI makes content", "automated", ("use",), _FAMILY),
    Clause("A.5", "What machine learning is", "informative", (), _VOCABULARY),
    Clause("A.6", "Perceptive AI compares images", "automated", ("use",), _FAMILY),
    Clause("A.7", "Predictive AI forecasts", "automated", ("use",), _FAMILY),
    Clause(
        "B.1",
        "What the department uses AI for",
        "informative",
        (),
        "The purposes it names are the vocabulary of `purpose`.",
    ),
    Clause(
        "B.2.a",
        "AI systems serve official purposes",
        "automated",
        ("use",),
        "What people typed is compared with the policy's list; an unclear purpose needs a person.",
    ),
    Clause(
        "B.2.b",
        "Trained before use",
        "automated",
        ("use",),
        "By the training records. What a course taught is not judged.",
    ),
    Clause(
        "B.3",
        "Generated content is reviewed for bias",
        "attested",
        ("use",),
        "Only a person can say that it was; due when the content is used.",
    ),
    Clause(
        "B.3.a",
        "Bias that was found is mitigated",
        "attested",
        ("use",),
        "Only a person can say what was done; the order gives no time, the policy does.",
    ),
    Clause(
        "B.4.a",
        "Protected data only where safeguards are in force",
        "automated",
        ("use",),
        "Declared, or detected by the scanner. A scanner can miss what no pattern describes.",
    ),
    Clause(
        "B.4.b",
        "An information-exchange agreement with every third-party vendor",
        "automated",
        ("use", "system"),
        "That one is in force is checked, not what it says.",
    ),
    Clause(
        "C.1.a",
        "A supervisor approves generative products before their use",
        "attested",
        ("use",),
        "Who decided, when, on which output, and whether they were entitled to.",
    ),
    Clause(
        "C.1.b",
        "A supervisor approves images and videos of employees before their use",
        "attested",
        ("use",),
        "Rests on the employees whom the system says are depicted.",
    ),
    Clause(
        "C.1.c",
        "Redaction of camera footage for public release needs no approval",
        "automated",
        ("use",),
        "An exemption from C.1 and from nothing else.",
    ),
    Clause(
        "C.2",
        "Generated text is reviewed for accuracy before its use",
        "attested",
        ("use",),
        "Text, transcription and translation; due when the text is used.",
    ),
    Clause(
        "C.2.a",
        "Final documents say that generative AI helped",
        "automated",
        ("use",),
        "By the statement in the document, or a later one, which cures.",
    ),
    Clause(
        "D.1.a",
        "A perceptive result is a lead and nothing more",
        "automated",
        ("use",),
        "By what the system that used it says it was treated as.",
    ),
    Clause(
        "D.1.b",
        "No enforcement action rests on perceptive results alone",
        "attested",
        ("action",),
        "By the grounds that the record of the action lists.",
    ),
    Clause(
        "D.2",
        "Leads are documented in a report or CAD log",
        "attested",
        ("use",),
        "By the record of whoever wrote it down, in the policy's time. Later documentation cures.",
    ),
    Clause(
        "D.3",
        "Face recognition keeps to General Order 375.01",
        "automated",
        ("use",),
        "That the fields which the policy requires are filled in.",
    ),
    Clause(
        "D.4",
        "Searches of licence plates keep to General Order 525.08",
        "automated",
        ("use",),
        "That the fields which the policy requires are filled in.",
    ),
    Clause(
        "E.1.a",
        "Inputs of forecasts are reviewed for data bias",
        "attested",
        ("use",),
        "A review of the use, or of the system for a period that covers it.",
    ),
    Clause(
        "E.1.b",
        "Forecasts are reviewed for algorithmic bias",
        "attested",
        ("use",),
        "A review of the use, or of the system for a period that covers it.",
    ),
    Clause(
        "E.1.c",
        "Bias found in forecasts is mitigated",
        "attested",
        ("use", "system"),
        "Only a person can say what was done; the order gives no time, the policy does.",
    ),
    Clause(
        "F.1.a",
        "Nobody is harassed or intimidated",
        "attested",
        ("use", "employee"),
        "A sustained complaint; a pattern of searches only asks for a person's look.",
    ),
    Clause(
        "F.1.b",
        "An employee's likeness or voice is altered only with their consent",
        "automated",
        ("use",),
        "By the consents on record, for each person named.",
    ),
    Clause(
        "F.1.c",
        "No personal use; nothing passed to people who are not entitled to it",
        "automated",
        ("use", "share", "employee"),
        "What is declared personal, shares to people not active, and sustained complaints.",
    ),
    Clause(
        "F.1.d",
        "No other unlawful access, use, disclosure or retention",
        "automated",
        ("use", "system", "employee"),
        "Who had access, for what, and how long data is kept; the rest by sustained complaints.",
    ),
    Clause(
        "F.1.e",
        "No surveillance that rests on protected traits or activities alone",
        "automated",
        ("use",),
        "By the grounds that were declared.",
    ),
    Clause(
        "F.2.a",
        "No personally identifiable information on open platforms",
        "automated",
        ("use",),
        _SENSITIVE,
    ),
    Clause(
        "F.2.b",
        "No criminal offender records on open platforms",
        "automated",
        ("use",),
        _SENSITIVE,
    ),
    Clause(
        "F.2.c",
        "No criminal justice information on open platforms",
        "automated",
        ("use",),
        _SENSITIVE,
    ),
    Clause("F.2.d", "No health data on open platforms", "automated", ("use",), _SENSITIVE),
    Clause(
        "G.1",
        "Whoever uses AI is trained, and again at intervals",
        "automated",
        ("employee",),
        "By the training records. The order gives no interval; the policy does.",
    ),
    Clause("G.1.a", "Trained in the city's AI policy", "automated", ("employee",), _TRAINING),
    Clause("G.1.b", "Trained in this order", "automated", ("employee",), _TRAINING),
    Clause("G.1.c", "Trained in why people oversee results", "automated", ("employee",), _TRAINING),
    Clause(
        "G.1.d", "Trained in reading and verifying results", "automated", ("employee",), _TRAINING
    ),
    Clause(
        "G.1.e",
        "Trained to look for bias and protected data",
        "automated",
        ("employee",),
        _TRAINING,
    ),
    Clause("G.1.f", "Trained in the ethics of AI", "automated", ("employee",), _TRAINING),
    Clause("G.1.g", "Trained in data security and privacy", "automated", ("employee",), _TRAINING),
    Clause(
        "H.1.a",
        "Systems are acquired and used together with City IT",
        "automated",
        ("use", "system"),
        "A use of a system that nobody registered or approved is found too.",
    ),
    Clause(
        "H.1.b",
        "The city's AI Officer is engaged before procurement",
        "attested",
        ("procurement",),
        "By the dates that the record of the procurement gives.",
    ),
    Clause(
        "H.2",
        "Every approved system is audited every year",
        "attested",
        ("system",),
        "That the audit is complete and in time. A late one cures.",
    ),
    Clause("H.2.a", "The audit looks at effectiveness", "attested", ("system",), _AUDITED),
    Clause("H.2.b", "The audit looks at accuracy", "attested", ("system",), _AUDITED),
    Clause("H.2.c", "The audit looks at access and use", "attested", ("system",), _AUDITED),
    Clause(
        "H.2.d",
        "AI data leaves the department only as the law permits",
        "automated",
        ("system", "share"),
        "As an element of the audit, and for every share outside the department.",
    ),
    Clause(
        "completeness",
        "The log itself is complete",
        "automated",
        ("source",),
        "Not in the order: a log that may have gaps proves nothing.",
    ),
)
