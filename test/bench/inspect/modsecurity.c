/*
 * Hands requests to libmodsecurity and says how long that took. Usage: modsecurity RULES ROUNDS < REQUESTS
 * REQUESTS: per request a u32 (big-endian) count of texts, then each as u32 length and bytes: method, target, then names and
 * values of headers in turn, and the body last. Prints: requests, those that were refused, nanoseconds of CPU.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

typedef struct { uint32_t length; char *bytes; } Text;
typedef struct { uint32_t count; Text *texts; } Request;

static int read_u32(uint32_t *value) {
  unsigned char bytes[4];
  if (fread(bytes, 1, 4, stdin) != 4) return 0;
  *value = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
  return 1;
}

static int read_request(Request *request) {
  if (!read_u32(&request->count)) return 0;
  request->texts = calloc(request->count, sizeof(Text));
  for (uint32_t i = 0; i < request->count; i++) {
    Text *text = &request->texts[i];
    if (!read_u32(&text->length)) return 0;
    text->bytes = calloc(text->length + 1, 1);
    if (fread(text->bytes, 1, text->length, stdin) != text->length) return 0;
  }
  return 1;
}

static int inspect(ModSecurity *engine, RulesSet *rules, const Request *request) {
  Transaction *transaction = msc_new_transaction(engine, rules, NULL);
  const Text *texts = request->texts;
  uint32_t body = request->count - 1;
  msc_process_connection(transaction, "192.0.2.1", 40000, "192.0.2.2", 80);
  msc_process_uri(transaction, texts[1].bytes, texts[0].bytes, "1.1");
  for (uint32_t i = 2; i + 1 < body; i += 2)
    msc_add_n_request_header(transaction, (unsigned char *)texts[i].bytes, texts[i].length,
                             (unsigned char *)texts[i + 1].bytes, texts[i + 1].length);
  msc_process_request_headers(transaction);
  if (texts[body].length > 0) msc_append_request_body(transaction, (unsigned char *)texts[body].bytes, texts[body].length);
  msc_process_request_body(transaction);
  ModSecurityIntervention intervention = {.status = 200};
  msc_intervention(transaction, &intervention);
  int refused = intervention.disruptive;
  free(intervention.log);
  free(intervention.url);
  msc_transaction_cleanup(transaction);
  return refused;
}

static void no_log(void *data, const void *message) { (void)data; (void)message; }

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const char *error = NULL;
  ModSecurity *engine = msc_init();
  msc_set_log_cb(engine, no_log);
  RulesSet *rules = msc_create_rules_set();
  if (msc_rules_add_file(rules, argv[1], &error) < 0) {
    fprintf(stderr, "%s\n", error == NULL ? "rules cannot be read" : error);
    return 1;
  }
  size_t count = 0, room = 1024;
  Request *requests = malloc(room * sizeof(Request));
  while (read_request(&requests[count])) {
    if (++count == room) requests = realloc(requests, (room *= 2) * sizeof(Request));
  }
  long refused = 0, inspected = 0;
  clock_t start = clock();
  for (int round = atoi(argv[2]); round > 0; round--) {
    for (size_t i = 0; i < count; i++, inspected++) refused += inspect(engine, rules, &requests[i]);
  }
  double ns = (double)(clock() - start) / CLOCKS_PER_SEC * 1e9;
  printf("%ld %ld %.0f\n", inspected, refused, ns);
  return 0;
}
