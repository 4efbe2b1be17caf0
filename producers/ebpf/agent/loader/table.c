#include "agent.h"

static size_t bucket(uint64_t key)
{
	/* Fibonacci hashing: the upper bits of the product depend on all bits of the key. */
	return (key * 0x9E3779B97F4A7C15ull) >> 48;
}

void *table_find(const struct table *table, uint64_t key)
{
	struct node *node = table->buckets[bucket(key)];
	while (node && node->key != key)
		node = node->next;
	return node;
}

void table_add(struct table *table, struct node *node, uint64_t key)
{
	node->key = key;
	node->next = table->buckets[bucket(key)];
	table->buckets[bucket(key)] = node;
	table->size++;
}

void *table_remove(struct table *table, uint64_t key)
{
	struct node **at = &table->buckets[bucket(key)];
	while (*at && (*at)->key != key)
		at = &(*at)->next;
	struct node *node = *at;
	if (!node)
		return NULL;
	*at = node->next;
	table->size--;
	return node;
}
