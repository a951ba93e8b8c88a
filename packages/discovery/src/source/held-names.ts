/** What the name that holds a text says of it: that it is an address, a host, or the name of a variable. */

export const URL_ARGUMENT =
  /^(?:base_?url|api_?base|azure_?endpoint|api_?url|endpoint|url|uri|host|server_?url|inference_?server_?url)$/i;
export const URL_NAME = /(?:url|uri|endpoint|host|api_?base|base)$/i;

export const HOST_NAME = /^(?:[\w]*_?)?host(?:_?name)?$/i;
export const BARE_HOST = /^(?:[a-z0-9-]+\.)+[a-z]{2,}$/;

/** The path of a deployment, by which models at Azure are asked wherever they are; and an address that stands for it. */
export const AZURE_DEPLOYMENT = /(?:^|\/)openai\/deployments\/[^/\s]/;
export const AZURE_ADDRESS = "https://{}.openai.azure.com";

/** What holds the name of a variable with a key in it: `key_env_var`, `API_KEYS`. */
export const VARIABLE_NAME = /key|token|env|secret|credential/i;

/** What holds variables: `process.env`, `appConfig`, `await getSettings()`. */
export const ENV_OBJECTS = /(?:env|environ|secrets|config(?:uration)?|settings|cfg)$/i;

/** What names a container's image: `base_image`, `SERVING_IMAGE`, `container_image_uri`. */
export const IMAGE_NAME = /image(?:_?(?:uri|url|name))?$/i;

/** What holds the name of a data set, or of a model, as hubs have them: `dataset_name`, `HF_MODEL_ID`. */
export const HUB_DATASET_NAME =
  /^-*(?:(?:hf|train|eval|test|val|sft|dpo)[_-])?data_?set(?:[_-](?:name|id|path|repo|repo_id|name_or_path))?$/i;
export const HUB_MODEL_NAME =
  /(?:^|[_-])(?:model_name_or_path|model[_-]?(?:id|name|repo|checkpoint)|(?:base|hf|pretrained|reward|teacher|student|draft)[_-]?model)$|^-*model$/i;

/** What says no more than that it is a model: one of a hub only where the file works with models. */
export const PLAIN_MODEL_NAME = /^-*model$/i;
