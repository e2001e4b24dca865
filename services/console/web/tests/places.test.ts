import { expect, test } from "vitest";
import { withDefaults } from "../src/board/card";
import { Places, type Grids } from "../src/board/places";
import { cardMessage } from "./sample";

const properties = {
  code: "370522001001001",
  name: "津苑01网格",
  name_en: "Jinyuan Grid 01",
  community: "370522001001",
  community_name: "津苑社区",
  community_name_en: "Jinyuan Community",
};
const grids = { type: "FeatureCollection", features: [{ type: "Feature", properties }] } as unknown as Grids;
const card = withDefaults(cardMessage({ grid_code: properties.code, grid_name: properties.name, community: properties.community }));

test("places are named in the reader's language", () => {
  expect(new Places("en", grids).of(card)).toBe("Jinyuan Grid 01");
  expect(new Places("zh-CN", grids).of(card)).toBe("津苑01网格");
});

test("a confidential case shows only its community", () => {
  const secret = withDefaults(cardMessage({ confidential: true, community: properties.community }));
  expect(new Places("en", grids).of(secret)).toBe("Jinyuan Community");
});

test("without the map the grid's name on the card and the community's code are shown", () => {
  const places = new Places("en");
  expect(places.of(card)).toBe("津苑01网格");
  expect(places.community(properties.community)).toBe(properties.community);
});
