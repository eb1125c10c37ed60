"""Whether two ModelProtos mean the same, compared field by field.

Tensors are compared by their elements, whatever field holds them. Left aside is only what has no meaning: the
order of attributes, opset imports and value_info; a field set to its default against one not set; the two
spellings of the default domain.
"""

import onnx
from onnx import numpy_helper


def _tensor(proto):
    # Strings are bytes in the format; to_array() takes UTF-8 only.
    is_string = proto.data_type == onnx.TensorProto.STRING
    data = list(proto.string_data) if is_string else numpy_helper.to_array(proto).tobytes()
    kept = {"data": data, "dims": list(proto.dims), "data_type": proto.data_type}
    for field in ("name", "doc_string"):
        if getattr(proto, field):
            kept[field] = getattr(proto, field)
    if proto.metadata_props:
        kept["metadata_props"] = [_message(entry) for entry in proto.metadata_props]
    return kept


def _value(field, value):
    return _message(value) if field.message_type else value


def _is_repeated(field):
    return (
        field.is_repeated if hasattr(field, "is_repeated") else field.label == field.LABEL_REPEATED
    )


def _message(proto):
    kind = proto.DESCRIPTOR.name
    if kind == "TensorProto":
        return _tensor(proto)
    kept = {}
    for field, value in proto.ListFields():
        if _is_repeated(field):
            kept[field.name] = [_value(field, element) for element in value]
        elif field.message_type or value != field.default_value or field.containing_oneof:
            kept[field.name] = _value(field, value)
    if kind in ("NodeProto", "OperatorSetIdProto") and kept.get("domain") == "ai.onnx":
        del kept["domain"]
    for name, key in (("attribute", "name"), ("value_info", "name"), ("opset_import", "domain")):
        if name in kept and kind != "FunctionProto":
            kept[name].sort(key=lambda entry: entry.get(key, ""))
    if kind == "AttributeProto":
        # Lists may be empty and numbers zero: the type alone says which field is meant.
        kept.setdefault("type", None)
    return kept


def _first_difference(a, b, path):
    if type(a) is not type(b):
        return f"{path}: {a!r:.200} became {b!r:.200}"
    if isinstance(a, dict):
        for key in sorted(set(a) | set(b)):
            if key not in a or key not in b:
                where = "was lost" if key in a else "was added"
                return f"{path}.{key} {where}: {a.get(key, b.get(key))!r:.200}"
            found = _first_difference(a[key], b[key], f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(a, list):
        if len(a) != len(b):
            return f"{path}: {len(a)} entries became {len(b)}"
        for i, (x, y) in enumerate(zip(a, b)):
            found = _first_difference(x, y, f"{path}[{i}]")
            if found:
                return found
        return None
    # NaN attributes are equal to themselves here.
    if a != b and not (a != a and b != b):
        return f"{path}: {a!r:.200} became {b!r:.200}"
    return None


def first_difference(a, b):
    """A sentence on the first place where the models differ, or None."""
    return _first_difference(_message(a), _message(b), "model")
