/** Resources as SCIM has them (RFC 7643), and what this service says of itself. */
import { SCIM_PAGE_MAX, SCIM_PREFIX, SCIM_SCHEMAS, type ScimSelection } from "@steward/contract";

type Resource = Record<string, unknown> & { schemas: string[] };

const DOCUMENTATION = "https://datatracker.ietf.org/doc/html/rfc7644";

export function serviceProviderConfig(base: string): Resource {
  const no = { supported: false };
  return {
    schemas: [SCIM_SCHEMAS.serviceProviderConfig],
    documentationUri: DOCUMENTATION,
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: SCIM_PAGE_MAX },
    changePassword: no,
    sort: no,
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "Bearer token",
        description: "A token that an administrator made under Settings, Single sign-on.",
        primary: true,
      },
    ],
    meta: { resourceType: "ServiceProviderConfig", location: `${base}/ServiceProviderConfig` },
  };
}

export function resourceTypes(base: string): Resource {
  const of = (name: "User" | "Group", schema: string) => ({
    schemas: [SCIM_SCHEMAS.resourceType],
    id: name,
    name,
    endpoint: `/${name}s`,
    schema,
    meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/${name}` },
  });
  return listOf([of("User", SCIM_SCHEMAS.user), of("Group", SCIM_SCHEMAS.group)]);
}

interface Attribute {
  readonly name: string;
  readonly type: "string" | "boolean" | "complex" | "reference";
  readonly multiValued?: boolean;
  readonly required?: boolean;
  readonly caseExact?: boolean;
  readonly readOnly?: boolean;
  readonly unique?: boolean;
  readonly subAttributes?: readonly Attribute[];
}

function described({ name, type, subAttributes, ...more }: Attribute): Record<string, unknown> {
  return {
    name,
    type,
    multiValued: more.multiValued ?? false,
    required: more.required ?? false,
    caseExact: more.caseExact ?? false,
    mutability: more.readOnly ? "readOnly" : "readWrite",
    returned: "default",
    uniqueness: more.unique ? "server" : "none",
    ...(subAttributes ? { subAttributes: subAttributes.map((attribute) => described(attribute)) } : {}),
  };
}

const text = (name: string): Attribute => ({ name, type: "string" });
const VALUES: Readonly<Record<string, { readonly name: string; readonly attributes: readonly Attribute[] }>> = {
  [SCIM_SCHEMAS.user]: {
    name: "User",
    attributes: [
      { name: "userName", type: "string", required: true, unique: true },
      { name: "externalId", type: "string", caseExact: true },
      { name: "name", type: "complex", subAttributes: ["formatted", "givenName", "familyName"].map(text) },
      text("displayName"),
      { name: "active", type: "boolean" },
      {
        name: "emails",
        type: "complex",
        multiValued: true,
        subAttributes: [text("value"), text("type"), { name: "primary", type: "boolean" }],
      },
      {
        name: "groups",
        type: "complex",
        multiValued: true,
        readOnly: true,
        subAttributes: [text("value"), text("display")],
      },
    ],
  },
  [SCIM_SCHEMAS.group]: {
    name: "Group",
    attributes: [
      { name: "displayName", type: "string", required: true, unique: true },
      { name: "externalId", type: "string", caseExact: true },
      { name: "members", type: "complex", multiValued: true, subAttributes: [text("value"), text("display")] },
    ],
  },
};

export function schemaResource(base: string, id: string): Resource | undefined {
  const value = VALUES[id];
  if (!value) return undefined;
  return {
    schemas: [SCIM_SCHEMAS.schema],
    id,
    name: value.name,
    attributes: value.attributes.map((attribute) => described(attribute)),
    meta: { resourceType: "Schema", location: `${base}/Schemas/${id}` },
  };
}

export function schemaResources(base: string): Resource {
  return listOf(Object.keys(VALUES).map((id) => schemaResource(base, id) as Resource));
}

export function listOf(resources: readonly object[], total = resources.length, startIndex = 1): Resource {
  return {
    schemas: [SCIM_SCHEMAS.list],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

/** The attributes that were asked for; schemas and id always come along (RFC 7644, 3.9). */
export function selected<T extends object>(resource: T, { attributes, excludedAttributes }: ScimSelection): T {
  const named = (list: string) => new Set(list.split(",").map((name) => topOf(name.trim())));
  const wanted = attributes === undefined || attributes === "" ? undefined : named(attributes);
  const left = excludedAttributes === undefined ? new Set<string>() : named(excludedAttributes);
  const isKept = (name: string) =>
    name === "schemas" || name === "id" || (wanted ? wanted.has(name.toLowerCase()) : !left.has(name.toLowerCase()));
  return Object.fromEntries(Object.entries(resource).filter(([name]) => isKept(name))) as T;
}

/** `name.givenName`, also behind a schema's name, belongs to `name`. */
function topOf(path: string): string {
  return (path.replace(/^urn:.*:/i, "").split(".", 1)[0] ?? "").toLowerCase();
}

/** Whether the members of groups, which may be thousands, are to be read at all. */
export function wants(name: string, selection: ScimSelection): boolean {
  return name in selected({ [name]: null }, selection);
}

export function scimBase(publicUrl: string): string {
  return `${publicUrl}${SCIM_PREFIX}`;
}
