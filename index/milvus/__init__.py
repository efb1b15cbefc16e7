"""The Milvus store: the same answers as a folder gives, from a server that several machines share."""
