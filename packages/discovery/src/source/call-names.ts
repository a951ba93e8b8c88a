/** What calls are for, as the last of their names tells. */

/** The last names of calls that send a request or make a client of one. */
export const REQUEST_CALLS = new Set([
  "$fetch",
  "AsyncClient",
  "Client",
  "ClientSession",
  "EventSource",
  "Request",
  "URL",
  "WebSocket",
  "axios",
  "connect",
  "create",
  "create_connection",
  "fetch",
  "fetchEventSource",
  "get",
  "got",
  "ky",
  "ofetch",
  "open",
  "patch",
  "post",
  "put",
  "request",
  "requestUrl",
  "send",
  "stream",
  "urlopen",
]);

/** Calls that ask whether a host is another one's, or list hosts. */
export const COMPARING_CALL =
  /^(?:has|includes?|endswith|startswith|equals?|contains|match|test|add|append|push|in|is\w*)$/i;

/** Calls that declare a command-line or form option: the option's name is what names its default. */
export const OPTION_CALLS = new Set([
  "add_argument",
  "option",
  "argument",
  "Option",
  "selectbox",
  "text_input",
  "Required",
  "Optional",
]);

/** Calls that read a variable of the environment, or a secret, by its name. */
export const ENV_CALLS =
  /^(?:getenv|get|env|environ|config|get_?(?:env|secret|config|setting)\w*|getSecret\w*|require_?env\w*|secret|fetch|read_?secret|userdata|setdefault|pop)$/i;

/** Calls that ask a person for a secret. */
export const ASKING_CALL = /^(?:getpass|input)$/;
