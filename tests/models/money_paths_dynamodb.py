"""The cells of DynamoDB in docs/money-paths.md: see money_paths_table.py."""

# What DynamoDB has for no path.
NO_ROW_LOCK = "— DynamoDB has no locks and no interactive transactions; an item that serves as one is the lock below"
NO_CHECK = "— DynamoDB has no constraints but the primary key; a floor is a condition of the write"


def cells(files, naive, recommended, **fixes):
    return {"files": files, "naive": naive, "recommended": recommended, "for_update": NO_ROW_LOCK, "check": NO_CHECK, **fixes}


# title of the path in money_paths_table.py → its file, a variant that goes wrong, the recommended one and how, and a cell for each fix.
DYNAMODB = {}
