"""Which spans are uses: decided by the name of the operation alone.

Not by parents and children: they may come in other requests, or never, and a retried export must
say the same again.
"""

from .values import Attributes

OPERATION = "gen_ai.operation.name"
MODELS = ("gen_ai.request.model", "gen_ai.response.model")

USES = {
    "chat": "a model was asked and answered",
    "text_completion": "a model was asked and answered",
    "generate_content": "a model was asked and answered, in any medium",
}
"""Operations that are a use each, and why."""

PARTS = {
    "invoke_agent": "the agent's inferences have spans of their own",
    "invoke_workflow": "the workflow's inferences have spans of their own",
    "plan": "the plan's inference has a span of its own",
    "create_agent": "nothing is asked of a model",
    "execute_tool": "what the tool returns goes into the next inference",
    "retrieval": "what is found goes into the next inference",
    "embeddings": "it gives numbers to search by, not an output for a person",
    "fetch_response": "the inference that is waited for has a span of its own",
    "create_memory": "nothing is asked of a model",
    "search_memory": "what is found goes into the next inference",
    "update_memory": "nothing is asked of a model",
    "upsert_memory": "nothing is asked of a model",
    "delete_memory": "nothing is asked of a model",
    "create_memory_store": "nothing is asked of a model",
    "delete_memory_store": "nothing is asked of a model",
}
"""Operations that are part of a use, or none, and why."""


def is_use(operation: str | None, span: Attributes, stated: bool) -> bool:
    """Whether a span is a use: `stated` to be one by the product, or by its operation.

    An operation that nobody knows, or none, is a use if the span names a model: rather one use too
    many in the log than one that nobody sees.
    """
    if stated or operation in USES:
        return True
    return operation not in PARTS and names_model(span)


def names_model(span: Attributes) -> bool:
    """Whether a span says which model was asked, or answered."""
    return any(name in span for name in MODELS)
