import { expect, test } from "vitest";
import { fillIn } from "../src/board/card";
import { Places, type Grids } from "../src/board/places";
import { wireCard } from "./sample";

const properties = {
  code: "370522001001001",
  name: "津苑01网格",
  name_en: "Jinyuan Grid 01",
  community: "370522001001",
  community_name: "津苑社区",
  community_name_en: "Jinyuan Community",
};
const grids = { type: "FeatureCollection", features: [{ type: "Feature", properties }] } as unknown as Grids;
const card = fillIn(wireCard({ grid_code: properties.code, grid_name: properties.name, community: properties.community }));

test("places have their names in the reader's language", () => {
  expect(new Places("en", grids).of(card)).toBe("Jinyuan Grid 01");
  expect(new Places("zh-CN", grids).of(card)).toBe("津苑01网格");
});

test("a confidential case shows its community, nothing closer", () => {
  const secret = fillIn(wireCard({ confidential: true, community: properties.community }));
  expect(new Places("en", grids).of(secret)).toBe("Jinyuan Community");
});

test("without the map, what the card itself knows is shown", () => {
  const places = new Places("en");
  expect(places.of(card)).toBe("津苑01网格");
  expect(places.community(properties.community)).toBe(properties.community);
});
